import { EnvironmentError } from '../../core/errors.js';
import type { Holder } from '../../exec/holder.js';
import { cut } from '../../proxy/cut.js';
import { inNode } from './inside.js';

/**
 * As kube-proxy hands its rules to the kernel (pkg/util/iptables/iptables.go, restoreInternal): a table in one message. Two things have some hundred rules go in
 * each of several instead. An ordinary user may not send as large a message as root may (socket(7), SO_SNDBUFFORCE). And iptables-restore (1.8, nft back end) looks every rule's
 * chains up in a sorted list of all that its table's part has named so far (`cache_chain_list_insert` of iptables/nft-cache.c): for 10,000 Services in one part that is a
 * minute, in small ones two seconds.
 */
export async function restoreRules(holder: Holder, namespace: string, text: string): Promise<void> {
  const argv = ['iptables-restore', '--noflush', '--counters'];
  const restore = (input: string): Promise<string> => inNode(holder, namespace, argv, input);
  // One process takes all parts.
  const many = () => restore(inParts(text).join(''));
  if (text.length > longest) {
    await many();
    return;
  }
  try {
    await restore(text);
  } catch (error) {
    // The kernel has taken nothing of a message that is too long.
    if (!(error instanceof EnvironmentError && error.message.includes('Message too long'))) throw error;
    await many();
  }
}

/** Characters; some 500 Services. */
const longest = 300_000;
const linesInPart = 150;

/**
 * The same, with few lines at a time: a table's chains are declared first, then filled, each in its own order, and before any rule leads to it. At every part the kernel
 * looks through all that its hooks lead to (net/netfilter/nf_tables_api.c, nft_table_validate): so that is nothing of the new until the last parts.
 */
export function inParts(text: string): readonly string[] {
  return text.split(/(?<=^COMMIT\n)/m).flatMap((table) => {
    const [head = '', ...lines] = table.trimEnd().split('\n');
    const chains = lines.filter((line) => line.startsWith(':'));
    const rules = lines.filter((line) => line.startsWith('-A '));
    const others = lines.filter((line) => line.startsWith('-') && !line.startsWith('-A '));
    return [...cut(chains, linesInPart), ...cut([...targetsFirst(rules), ...others], linesInPart)].map(
      (part) => `${[head, ...part, 'COMMIT'].join('\n')}\n`,
    );
  });
}

/** Rules by chain; a chain that another one's rules jump or go to comes before that. */
function targetsFirst(rules: readonly string[]): readonly string[] {
  const chains = new Map<string, string[]>();
  for (const rule of rules) {
    const chain = rule.split(' ', 2)[1] ?? '';
    const filled = chains.get(chain);
    if (filled === undefined) chains.set(chain, [rule]);
    else filled.push(rule);
  }
  const ordered: string[] = [];
  const fill = (chain: string): void => {
    const filled = chains.get(chain);
    if (filled === undefined) return;
    chains.delete(chain);
    for (const rule of filled) fill(/ (?:-j|-g) (\S+)/.exec(rule)?.[1] ?? '');
    ordered.push(...filled);
  };
  for (const chain of [...chains.keys()]) fill(chain);
  return ordered;
}
