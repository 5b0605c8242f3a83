import { EnvironmentError } from '../../core/errors.js';
import { type Executor, type RunOptions, succeeded } from '../../core/executor.js';

/** The programs that a kind cluster is driven with, run on this machine. */
export interface Tools {
  readonly local: Executor;
  docker(argv: readonly string[], options?: RunOptions): Promise<string>;
  kind(argv: readonly string[], options?: RunOptions): Promise<string>;
  kubectl(argv: readonly string[], options?: RunOptions): Promise<string>;
  /** The words before a command of kubectl's. */
  readonly kubectlPrefix: readonly string[];
}

/** @param kubeconfig the file that names the cluster; the user's own is never read or written. */
export function toolsFor(local: Executor, kubeconfig: string): Tools {
  const kubectlPrefix = ['kubectl', '--kubeconfig', kubeconfig];
  return {
    local,
    kubectlPrefix,
    docker: (argv, options) => must(local, ['docker', ...argv], options),
    kind: (argv, options) => must(local, ['kind', ...argv], options),
    kubectl: (argv, options) => must(local, [...kubectlPrefix, ...argv], options),
  };
}

/** Standard output. @throws EnvironmentError with what the command said when it fails; the signal's reason when aborted. */
async function must(local: Executor, argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await local.run(argv, options);
  options.signal?.throwIfAborted();
  if (!succeeded(result)) {
    const said = result.stderr.trim().split('\n').slice(-10).join('\n') || result.ended;
    throw new EnvironmentError(`'${argv.join(' ')}' failed: ${said}`);
  }
  return result.stdout;
}
