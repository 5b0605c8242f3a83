import { canonicalRule } from './canonical.js';
import type { RestoreTable } from './restore.js';

/** A jump from a chain of the kernel to one of kube-proxy. */
export interface Jump {
  readonly table: 'filter' | 'nat';
  readonly from: string;
  /** The chain, and what a packet must match to get there. */
  readonly to: string;
  readonly rule: string;
}

/**
 * kube-proxy puts each of these at the top of its chain unless it is there already, in this order, so that the last one ends up first
 * (v1.31.0, pkg/proxy/iptables/proxier.go, iptablesJumpChains).
 */
export const proxyJumps: readonly Jump[] = [
  jump('filter', 'INPUT', 'KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', true),
  jump('filter', 'FORWARD', 'KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', true),
  jump('filter', 'INPUT', 'KUBE-NODEPORTS', 'kubernetes health check service ports', false),
  jump('filter', 'FORWARD', 'KUBE-SERVICES', 'kubernetes service portals', true),
  jump('filter', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals', true),
  jump('filter', 'FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules', false),
  jump('filter', 'INPUT', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', true),
  jump('filter', 'OUTPUT', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', true),
  jump('filter', 'FORWARD', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', true),
  jump('nat', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals', false),
  jump('nat', 'PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals', false),
  jump('nat', 'POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules', false),
  jump('filter', 'INPUT', 'KUBE-FIREWALL', undefined, false),
  jump('filter', 'OUTPUT', 'KUBE-FIREWALL', undefined, false),
];

/** `-I` lines for the jumps, and the declaration of the chains that they lead to. `present` holds what is there, as `canonicalRule` gives it. */
export function jumpTables(jumps: readonly Jump[], present?: (table: string, rule: string) => boolean): readonly RestoreTable[] {
  const missing = jumps.filter(({ table, from, rule }) => !present?.(table, canonicalRule(`-A ${from} ${rule}`)));
  return missing.map(({ table, from, to, rule }) => ({ table, chains: [to], rules: [`-I ${from} ${rule}`] }));
}

function jump(table: Jump['table'], from: string, to: string, comment: string | undefined, newOnly: boolean): Jump {
  const match = `${newOnly ? '-m conntrack --ctstate NEW ' : ''}${comment === undefined ? '' : `-m comment --comment "${comment}" `}`;
  return { table, from, to, rule: `${match}-j ${to}` };
}
