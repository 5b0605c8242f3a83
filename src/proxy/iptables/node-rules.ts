import { type Chain, type Ruleset, tableOf } from '../model.js';
import { canonicalRule } from './canonical.js';
import { jumpTables, proxyJumps } from './jumps.js';
import { kubeletJumps, kubeletTables } from './kubelet.js';
import type { IptablesInput } from './options.js';
import { printRule } from './print.js';
import { mergeTables, type RestoreTable, restoreText } from './restore.js';
import { iptablesRules } from './rules.js';

/**
 * Everything that the kubelet and kube-proxy write on a node, as one `iptables-restore --noflush` input: chains, rules, and the jumps from the
 * kernel's own chains in the places where they end up on a real node. Without `live` it is for a node that has none of it yet; with `live`, what
 * `iptables-save` shows there now, no jump is put in twice and chains that Services need no more are deleted.
 */
export function nodeRules(input: IptablesInput, live?: Ruleset): string {
  const existingChains = live === undefined ? [] : (tableOf(live, 'nat')?.chains ?? []).map(({ name }) => name);
  const sync = iptablesRules(input, { existingChains });
  const setup = setupTables(live);
  // kube-proxy writes the kubelet's rule too, unless local node ports are off.
  const kubelet = sync.tables.some(({ chains }) => chains.includes('KUBE-FIREWALL'))
    ? kubeletTables().map((table) => ({ ...table, rules: [] }))
    : kubeletTables();
  return restoreText(mergeTables([...kubelet, ...setup, ...sync.tables]));
}

/** What the kubelet alone writes on a node, whose kube-proxy works in a mode without iptables; for a node that has none of it yet. */
export function kubeletRules(): string {
  return restoreText(mergeTables([...kubeletTables(), ...jumpTables(kubeletJumps)]));
}

/** The canary chains and jumps. The order is that of a node's start: the kubelet first, then kube-proxy on top of it. */
function setupTables(live: Ruleset | undefined): readonly RestoreTable[] {
  const present =
    live &&
    new Set(
      live.tables.flatMap(({ name, chains }) =>
        chains.filter(isBuiltIn).flatMap(({ rules }) => rules.map((rule) => `${name} ${canonicalRule(printRule(rule))}`)),
      ),
    );
  const jumps = [...kubeletJumps, ...proxyJumps.filter(({ to }) => to !== 'KUBE-FIREWALL')];
  return [
    ...(['mangle', 'filter', 'nat'] as const).map((table) => ({ table, chains: ['KUBE-PROXY-CANARY'], rules: [] })),
    ...jumpTables(jumps, present && ((table, rule) => present.has(`${table} ${rule}`))),
  ];
}

function isBuiltIn({ policy }: Chain): boolean {
  return policy !== '-';
}
