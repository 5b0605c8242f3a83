import { EnvironmentError } from '../../core/errors.js';
import { succeeded } from '../../core/executor.js';
import type { Holder } from '../../exec/holder.js';
import { sandboxExecutor } from '../../exec/sandbox.js';

/** Many `ip` commands at once in one namespace (ip(8), -batch); nothing is started for none. */
export async function ipBatch(holder: Holder, namespace: string, commands: string): Promise<void> {
  if (commands !== '') await feed(holder, namespace, ['ip', '-batch', '-'], commands);
}

/** As kube-proxy hands its rules to the kernel (pkg/util/iptables/iptables.go, restoreInternal). */
export async function restoreRules(holder: Holder, namespace: string, text: string): Promise<void> {
  await feed(holder, namespace, ['iptables-restore', '--noflush', '--counters'], text);
}

async function feed(holder: Holder, namespace: string, argv: readonly string[], input: string): Promise<void> {
  const result = await sandboxExecutor(holder, 'local', namespace).run(argv, { input });
  if (succeeded(result)) return;
  throw new EnvironmentError(`'${argv.join(' ')}' failed in ${namespace || 'the sandbox'}: ${result.stderr.trim() || result.ended}`);
}
