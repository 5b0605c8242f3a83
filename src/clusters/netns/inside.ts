import { EnvironmentError } from '../../core/errors.js';
import { succeeded } from '../../core/executor.js';
import type { Holder } from '../../exec/holder.js';
import { sandboxExecutor } from '../../exec/sandbox.js';

/** Many `ip` commands at once in one namespace (ip(8), -batch); nothing is started for none. */
export async function ipBatch(holder: Holder, namespace: string, commands: string): Promise<void> {
  if (commands !== '') await inNode(holder, namespace, ['ip', '-batch', '-'], commands);
}

/**
 * As kube-proxy hands its rules to the kernel (pkg/util/iptables/iptables.go, restoreInternal): a table in one message. Two things have some hundred rules go in
 * each of several instead. An ordinary user may not send as large a message as root may (socket(7), SO_SNDBUFFORCE). And iptables-restore (1.8, nft back end) looks every rule's
 * chains up in a sorted list of all that its table's part has named so far (`cache_chain_list_insert` of iptables/nft-cache.c): for 10,000 Services in one part that is a
 * minute, in small ones three seconds.
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

/** The same, with few lines at a time: a table's chains are declared first, and the order of its rules stays. */
export function inParts(text: string): readonly string[] {
  return text.split(/(?<=^COMMIT\n)/m).flatMap((table) => {
    const [head = '', ...lines] = table.trimEnd().split('\n');
    const chains = lines.filter((line) => line.startsWith(':'));
    const rules = lines.filter((line) => line.startsWith('-'));
    return [...cut(chains), ...cut(rules)].map((part) => `${[head, ...part, 'COMMIT'].join('\n')}\n`);
  });
}

function cut(lines: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(lines.length / linesInPart) }, (_, i) => lines.slice(i * linesInPart, (i + 1) * linesInPart));
}

/** @param sysctls as paths below /proc/sys. */
export async function setSysctls(holder: Holder, namespace: string, sysctls: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, value] of Object.entries(sysctls)) await inNode(holder, namespace, ['tee', `/proc/sys/${path}`], value);
}

/** Ten thousand Services take seconds on a quiet machine. */
const timeoutMs = 120_000;

/** Runs one command in a namespace, and gives its output. @throws EnvironmentError with what it said when it fails. */
export async function inNode(holder: Holder, namespace: string, argv: readonly string[], input = ''): Promise<string> {
  const result = await sandboxExecutor(holder, 'local', namespace).run(argv, { input, timeoutMs });
  if (succeeded(result)) return result.stdout;
  throw new EnvironmentError(`'${argv.join(' ')}' failed in ${namespace || 'the sandbox'}: ${result.stderr.trim() || result.ended}`);
}
