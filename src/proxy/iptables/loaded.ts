import { canonicalRule } from './canonical.js';

/** `table chain` to its rules, each as `canonicalRule` gives it. */
export type LoadedChains = ReadonlyMap<string, readonly string[]>;

/**
 * What an `iptables-restore --noflush` input leaves in an empty network namespace, or what an `iptables-save` shows: two texts that make the same
 * rules become the same.
 */
export function loadedChains(text: string): LoadedChains {
  const chains = new Map<string, string[]>();
  const rulesOf = (key: string) => chains.get(key) ?? chains.set(key, []).get(key) ?? [];
  let table = '';
  for (const counted of text.split('\n')) {
    const line = counted.replace(/^\[\d+:\d+\] /, '');
    if (line.startsWith('*')) table = line.slice(1);
    else if (line.startsWith(':')) chains.set(`${table} ${line.slice(1, line.indexOf(' '))}`, []);
    else if (line.startsWith('-')) {
      const [command, chain = ''] = line.split(' ');
      if (command === '-A') rulesOf(`${table} ${chain}`).push(canonicalRule(line));
      else if (command === '-I') rulesOf(`${table} ${chain}`).unshift(canonicalRule(line.replace('-I', '-A')));
      else if (command === '-X') chains.delete(`${table} ${chain}`);
    }
  }
  return chains;
}

/** The chains that Services share, in which theirs stand in any order: kube-proxy goes through a Go map. */
const shared = /^(KUBE-SERVICES|KUBE-NODEPORTS|KUBE-EXTERNAL-SERVICES|KUBE-PROXY-FIREWALL)$/;

/**
 * The rules of a chain in an order that does not depend on that of a Go map: in a chain that Services share, the ports of Services come by name
 * between the rules of no Service, which keep their places, as do the rules of one port among themselves.
 * @param chain its name, without the table.
 */
export function inFixedOrder(chain: string, rules: readonly string[]): readonly string[] {
  if (!shared.test(chain)) return rules;
  const ordered: string[] = [];
  let ports: { readonly port: string; readonly rule: string }[] = [];
  const flush = (): void => {
    ordered.push(...ports.toSorted((a, b) => (a.port < b.port ? -1 : a.port > b.port ? 1 : 0)).map(({ rule }) => rule));
    ports = [];
  };
  for (const rule of rules) {
    const port = servicePortOf(rule);
    if (port === undefined) {
      flush();
      ordered.push(rule);
    } else ports.push({ port, rule });
  }
  flush();
  return ordered;
}

/** `shop/web:http tcp`: the Service's port that a rule's comment begins with, and its protocol; undefined for a rule of no Service. */
function servicePortOf(rule: string): string | undefined {
  const name = /--comment "?([a-z0-9.-]+\/[a-z0-9.-]+(?::[\w.-]+)?)/.exec(rule)?.[1];
  return name === undefined ? undefined : `${name} ${/ -p (\w+)/.exec(rule)?.[1] ?? ''}`;
}
