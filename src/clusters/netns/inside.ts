import { EnvironmentError } from '../../core/errors.js';
import { succeeded } from '../../core/executor.js';
import type { Holder } from '../../exec/holder.js';
import { sandboxExecutor } from '../../exec/sandbox.js';

/** Many `ip` commands at once in one namespace (ip(8), -batch); nothing is started for none. */
export async function ipBatch(holder: Holder, namespace: string, commands: string): Promise<void> {
  if (commands !== '') await inNode(holder, namespace, ['ip', '-batch', '-'], commands);
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
