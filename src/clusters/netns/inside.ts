import { EnvironmentError } from '../../core/errors.js';
import { succeeded } from '../../core/executor.js';
import type { Holder } from '../../exec/holder.js';
import { sandboxExecutor } from '../../exec/sandbox.js';

/** Many `ip` commands at once in one namespace (ip(8), -batch); nothing is started for none. */
export async function ipBatch(holder: Holder, namespace: string, commands: string): Promise<void> {
  if (commands !== '') await inNode(holder, namespace, ['ip', '-batch', '-'], commands);
}

/**
 * As kube-proxy hands its rules to the kernel (pkg/util/iptables/iptables.go, restoreInternal): a table in one message. An ordinary user may not send as
 * large a message as root may (socket(7), SO_SNDBUFFORCE); there, some hundred rules go in several.
 */
export async function restoreRules(holder: Holder, namespace: string, text: string): Promise<void> {
  const argv = ['iptables-restore', '--noflush', '--counters'];
  try {
    await inNode(holder, namespace, argv, text);
  } catch (error) {
    // The kernel has taken nothing of a message that is too long.
    if (!(error instanceof EnvironmentError && error.message.includes('Message too long'))) throw error;
    for (const part of inParts(text)) await inNode(holder, namespace, argv, part);
  }
}

const rulesInPart = 150;

/** The same, with few rules at a time: a table's chains are declared first, and the order of its rules stays. */
export function inParts(text: string): readonly string[] {
  return text.split(/(?<=^COMMIT\n)/m).flatMap((table) => {
    const [head = '', ...lines] = table.trimEnd().split('\n');
    const rules = lines.filter((line) => line.startsWith('-'));
    const chains = lines.filter((line) => line.startsWith(':'));
    const parts = Array.from({ length: Math.ceil(rules.length / rulesInPart) }, (_, i) =>
      rules.slice(i * rulesInPart, (i + 1) * rulesInPart),
    );
    return [chains, ...parts].map((part) => `${[head, ...part, 'COMMIT'].join('\n')}\n`);
  });
}

/** @param sysctls as paths below /proc/sys. */
export async function setSysctls(holder: Holder, namespace: string, sysctls: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, value] of Object.entries(sysctls)) await inNode(holder, namespace, ['tee', `/proc/sys/${path}`], value);
}

/** Runs one command in a namespace, and gives its output. @throws EnvironmentError with what it said when it fails. */
export async function inNode(holder: Holder, namespace: string, argv: readonly string[], input = ''): Promise<string> {
  const result = await sandboxExecutor(holder, 'local', namespace).run(argv, { input });
  if (succeeded(result)) return result.stdout;
  throw new EnvironmentError(`'${argv.join(' ')}' failed in ${namespace || 'the sandbox'}: ${result.stderr.trim() || result.ended}`);
}
