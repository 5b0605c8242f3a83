import { dirname } from 'node:path';
import type Docker from 'dockerode';
import { EnvironmentError } from '../../core/errors.js';
import { type Executor, type RunOptions, succeeded } from '../../core/executor.js';
import { ApiServer } from './api-server.js';

/** What a kind cluster is driven with: the engine and the API server's answers by their APIs, kind and kubectl as programs on this machine. */
export interface Tools {
  readonly local: Executor;
  readonly docker: Docker;
  kind(argv: readonly string[], options?: RunOptions): Promise<string>;
  /** The words before a command of kind's. */
  readonly kindPrefix: readonly string[];
  kubectl(argv: readonly string[], options?: RunOptions): Promise<string>;
  /** The words before a command of kubectl's. */
  readonly kubectlPrefix: readonly string[];
  /** What the cluster holds is asked for here, and changed one by one. */
  readonly api: Pick<ApiServer, 'get' | 'list' | 'workloadPods' | 'apply' | 'patch' | 'delete' | 'deleteAll' | 'addEphemeralContainer'>;
  /** For the files of this process. */
  readonly folder: string;
  /** This svclab process, as it is known again (`thisProcess`). */
  readonly maker: string;
}

/** @param kubeconfig the file that names the cluster, in a folder for the files of this process; the user's own is never read or written. */
export function toolsFor(
  machine: Pick<Tools, 'local' | 'docker' | 'maker'>,
  programs: { readonly kind: string; readonly kubectl: string },
  kubeconfig: string,
): Tools {
  const { local } = machine;
  const kindPrefix = [programs.kind];
  const kubectlPrefix = [programs.kubectl, '--kubeconfig', kubeconfig];
  return {
    ...machine,
    kindPrefix,
    kubectlPrefix,
    api: new ApiServer(kubeconfig),
    folder: dirname(kubeconfig),
    kind: (argv, options) => must(local, [...kindPrefix, ...argv], options),
    kubectl: (argv, options) => must(local, [...kubectlPrefix, ...argv], options),
  };
}

/** Standard output. @throws EnvironmentError with what the command said when it fails; the signal's reason when aborted. */
async function must(local: Executor, argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await local.run(argv, options);
  options.signal?.throwIfAborted();
  if (!succeeded(result)) {
    // Without the lines of kubectl's own log (`E1123 02:11:20.709063 ...`).
    const lines = result.stderr.split('\n').filter((line) => line.trim() !== '' && !/^[EWI]\d{4} /.test(line));
    // Of a long explanation, such as what differs between two pods, the beginning says what it is about.
    const said = (lines.length > 10 ? [...lines.slice(0, 2), '...', ...lines.slice(-7)] : lines).join('\n') || result.ended;
    throw new EnvironmentError(`'${argv.join(' ')}' failed: ${said}`);
  }
  return result.stdout;
}
