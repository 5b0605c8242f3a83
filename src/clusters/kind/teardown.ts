import { EnvironmentError } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import { said } from '../../exec/docker/engine-error.js';
import type { Machine } from './machine.js';
import { signalAll, startedBy } from './maker.js';
import { removeUnusedNetwork } from './network.js';
import { nodeContainers, removeContainer } from './nodes.js';
import { type KeptRecord, readRecord, removeRecord } from './record.js';
import { removeSidecars } from './sidecars.js';

/** What kind has started ends by itself when the nodes are gone; a program that hangs all the same is ended after so many milliseconds. */
const patienceMs = 20_000;

/**
 * Ends a cluster with its sidecars, its record, and the nodes' network where svclab's creation brought that about; what is not there is no error.
 * The nodes are removed as kind removes them (`docker rm -f -v`), so a kind that is no longer installed is not missed, nor a Ctrl-C heard by one.
 * @throws EnvironmentError when nodes are still there afterwards.
 */
export async function end(machine: Pick<Machine, 'local' | 'docker'>, name: string): Promise<void> {
  const { docker } = machine;
  const since = performance.now();
  await waitFor(
    `the end of the cluster ${name}`,
    async () => {
      const record = await readRecord(docker, name);
      // Asked for first: who does not work any more when the nodes are looked for brings none about afterwards.
      const atWork = await endCreation(machine, record, performance.now() - since > patienceMs ? 'KILL' : 'TERM');
      await Promise.all([removeSidecars(docker, name), removeNodes(machine, name)]);
      const left = await nodeContainers(docker, name);
      if (left.length > 0) throw new EnvironmentError(`${left.map((node) => node.name).join(', ')}: still there`);
      if (atWork.length > 0) throw new EnvironmentError(`${atWork.join(', ')} of its creation has not ended`);
      if (record?.network) await removeUnusedNetwork(docker);
      // Last, since it says what else is to go, should this end half way.
      await removeRecord(docker, name);
      return true;
    },
    { intervalMs: 100, timeoutMs: 60_000 },
  );
}

async function removeNodes({ docker }: Pick<Machine, 'docker'>, name: string): Promise<void> {
  const nodes = await nodeContainers(docker, name);
  await Promise.all(
    nodes.map(async (node) => {
      await removeContainer(docker, node.id).catch((cause: unknown) => {
        throw new EnvironmentError(`${node.name}: ${said(cause)}`, { cause });
      });
    }),
  );
}

/**
 * Ends the kind of a creation that was cut short. What that has started is waited for: to end a `docker run` half way would leave a container to come
 * when nobody looks any more.
 * @returns the programs that are still at work.
 */
async function endCreation(
  { local }: Pick<Machine, 'local'>,
  record: KeptRecord | undefined,
  how: 'TERM' | 'KILL',
): Promise<readonly string[]> {
  if (record === undefined || record.nodes !== '') return [];
  const programs = await startedBy(record.maker);
  await signalAll(local, how, how === 'KILL' ? programs : programs.filter(({ name }) => name === 'kind'));
  return programs.map(({ name }) => name);
}
