import type { KubeObject } from '../core/cluster.js';

/** kube-proxy's settings that every mode heeds, and the node it runs on. IPv4 only: one address family, as `ipFamily: ipv4` clusters have it. */
export interface ProxyInput {
  readonly objects: readonly KubeObject[];
  readonly node: ProxyNode;
  /** The pods' range (`--cluster-cidr`): other sources are masqueraded. Without it no rule tells pods from others. */
  readonly clusterCIDR?: string;
  /** `--masquerade-all`. */
  readonly masqueradeAll?: boolean;
  /** `--nodeport-addresses`: ranges of this node's addresses on which node ports answer. Each mode has its own default. */
  readonly nodePortAddresses?: readonly string[];
}

export interface ProxyNode {
  readonly name: string;
  /** Its InternalIP: decides whether load balancer source ranges let the node itself in, and where node ports of nftables mode answer. */
  readonly ip?: string;
  /** Its label `topology.kubernetes.io/zone`; taken from the Node object when left out. */
  readonly zone?: string;
  /** Every IPv4 address of its interfaces; used with `nodePortAddresses` alone. */
  readonly addresses?: readonly string[];
}
