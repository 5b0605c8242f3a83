import { readdir } from 'node:fs/promises';
import { inWords, type Programs } from './programs.js';

/** What svclab marks as its own: the sidecars beside nodes, and the record of a cluster (src/clusters/kind). kind's own nodes are `svclab down`'s. */
const labels = { container: 'svclab.sidecar', volume: 'svclab.cluster' };

export interface Leftovers {
  /** Undefined where there is no engine to ask. */
  readonly containers: readonly string[] | undefined;
  readonly volumes: readonly string[] | undefined;
  readonly runs: readonly string[];
}

/** What jobs have left here, besides clusters that run. @throws Error where the engine answers and cannot tell. */
export async function leftovers({ docker }: Programs, runs: string): Promise<Leftovers> {
  const engine = (await docker('version', '--format', '{{.Server.Version}}')).code === 0;
  const ids = async (...args: readonly string[]): Promise<readonly string[]> => {
    const said = await docker(...args);
    if (said.code !== 0) throw new Error(`docker ${args.join(' ')}: ${inWords(said)}`);
    return said.stdout.split('\n').filter((line) => line !== '');
  };
  return {
    containers: engine ? await ids('ps', '--all', '--quiet', '--filter', `label=${labels.container}`) : undefined,
    volumes: engine ? await ids('volume', 'ls', '--quiet', '--filter', `label=${labels.volume}`) : undefined,
    runs: await runFolders(runs),
  };
}

/** The names in a folder of runs that svclab has made: nothing else there is touched. */
async function runFolders(folder: string): Promise<readonly string[]> {
  const own = /^(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-.+|latest|reports)$/;
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => own.test(name)).sort();
}
