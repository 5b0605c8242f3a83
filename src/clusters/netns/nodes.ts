import { parseCidr, subRange } from '../../objects/cidr.js';
import type { Node } from '../../objects/kubernetes.js';
import { uidOf } from '../../objects/names.js';
import { type HostWiring, hostAddress } from './wiring.js';

export interface NodeSetup {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly labels: Readonly<Record<string, string>>;
}

const outsideClient = 'mypc';

/** Addresses on the docker network follow the order of the cluster file, from .2 on; the outside client comes last. */
export function hostsOf(
  nodes: readonly NodeSetup[],
  podSubnet: string,
): { readonly nodes: readonly HostWiring[]; readonly client: HostWiring } {
  const range = parseCidr(podSubnet);
  const wired = nodes.map((node, i) => {
    const podCIDR = subRange(range, nodeMask, i);
    return { name: node.name, address: hostAddress(i + 2), index: i + 2, ...(podCIDR === undefined ? {} : { podCIDR }) };
  });
  const index = nodes.length + 2;
  return { nodes: wired, client: { name: outsideClient, address: hostAddress(index), index } };
}

/** kube-controller-manager's default `--node-cidr-mask-size` for IPv4. */
const nodeMask = 24;

/** The Node object as the API server would show it. */
export function nodeObject(setup: NodeSetup, host: HostWiring): Node {
  const podCIDR = host.podCIDR ?? '';
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: setup.name,
      uid: uidOf(`node/${setup.name}`),
      labels: {
        'kubernetes.io/hostname': setup.name,
        'kubernetes.io/os': 'linux',
        ...(setup.role === 'control-plane' ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
        ...setup.labels,
      },
    },
    spec: {
      podCIDR,
      podCIDRs: [podCIDR],
      ...(setup.role === 'control-plane' ? { taints: [{ effect: 'NoSchedule', key: 'node-role.kubernetes.io/control-plane' }] } : {}),
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: host.address },
        { type: 'Hostname', address: setup.name },
      ],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

/**
 * What the kubelet, kube-proxy (v1.31, `cmd/kube-proxy/app/conntrack.go`: the conntrack
 * timeouts) and kind's node image (rp_filter) set on a node.
 */
export const nodeSysctls: Readonly<Record<string, string>> = {
  'net/ipv4/ip_forward': '1',
  'net/ipv4/conf/all/rp_filter': '1',
  'net/ipv4/conf/default/rp_filter': '1',
  'net/netfilter/nf_conntrack_tcp_timeout_established': '86400',
  'net/netfilter/nf_conntrack_tcp_timeout_close_wait': '3600',
};

/** rp_filter is stated because a new namespace takes over the machine's value. */
export const clientSysctls: Readonly<Record<string, string>> = {
  'net/ipv4/conf/all/rp_filter': '0',
  'net/ipv4/conf/default/rp_filter': '0',
};

export const podSysctls: Readonly<Record<string, string>> = {
  ...clientSysctls,
  // As container runtimes set it: a pod's server binds port 80 without being privileged.
  'net/ipv4/ip_unprivileged_port_start': '0',
  'net/ipv6/conf/default/disable_ipv6': '1',
  // A client that makes thousands of connections to one Service must not come back to a port while conntrack still knows its last use.
  'net/ipv4/ip_local_port_range': '1024 65535',
};
