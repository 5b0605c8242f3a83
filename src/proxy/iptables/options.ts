import type { KubeObject } from '../../core/cluster.js';

/** kube-proxy's settings, and the node it runs on. IPv4 only: one address family, as `ipFamily: ipv4` clusters have it. */
export interface IptablesInput {
  readonly objects: readonly KubeObject[];
  readonly node: ProxyNode;
  /** The pods' range (`--cluster-cidr`): other sources are masqueraded. Without it no rule tells pods from others. */
  readonly clusterCIDR?: string;
  /** `--masquerade-all`. */
  readonly masqueradeAll?: boolean;
  /** `--iptables-localhost-nodeports`; true unless said. */
  readonly localhostNodePorts?: boolean;
  /** `--nodeport-addresses`: ranges of this node's addresses on which node ports answer; all of them unless said. */
  readonly nodePortAddresses?: readonly string[];
  /** Write the nfacct matches, which a kernel with nfnetlink_acct gets; false unless said. */
  readonly nfacct?: boolean;
  /** `net.netfilter.nf_conntrack_tcp_be_liberal` is set on the node; false unless said. */
  readonly conntrackTcpLiberal?: boolean;
}

export interface ProxyNode {
  readonly name: string;
  /** Its InternalIP: decides whether load balancer source ranges let the node itself in. */
  readonly ip?: string;
  /** Its label `topology.kubernetes.io/zone`; taken from the Node object when left out. */
  readonly zone?: string;
  /** Every IPv4 address of its interfaces; used with `nodePortAddresses` alone. */
  readonly addresses?: readonly string[];
}
