import type { Jump } from './jumps.js';
import type { RestoreTable } from './restore.js';

/** What both the kubelet and kube-proxy keep in KUBE-FIREWALL: route_localnet must not open 127.0.0.0/8 to the network. */
export const martianRule =
  '-A KUBE-FIREWALL -m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP';

/** The kubelet puts these at the top of their chains, in this order (v1.31.0, pkg/kubelet/kubelet_network_linux.go). */
export const kubeletJumps: readonly Jump[] = [
  { table: 'filter', from: 'OUTPUT', to: 'KUBE-FIREWALL', rule: '-j KUBE-FIREWALL' },
  { table: 'filter', from: 'INPUT', to: 'KUBE-FIREWALL', rule: '-j KUBE-FIREWALL' },
];

/** The chains that the kubelet itself makes, without its jumps. */
export function kubeletTables(): readonly RestoreTable[] {
  return [
    { table: 'mangle', chains: ['KUBE-IPTABLES-HINT', 'KUBE-KUBELET-CANARY'], rules: [] },
    { table: 'filter', chains: ['KUBE-FIREWALL', 'KUBE-KUBELET-CANARY'], rules: [martianRule] },
    { table: 'nat', chains: ['KUBE-KUBELET-CANARY'], rules: [] },
  ];
}
