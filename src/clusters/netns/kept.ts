import type { ClusterStatus } from '../../core/cluster.js';
import { EnvironmentError, UsageError } from '../../core/errors.js';
import { succeeded } from '../../core/executor.js';
import { waitFor } from '../../core/wait.js';
import { isAlive, userOf } from '../../exec/live-process.js';
import { localExecutor } from '../../exec/local.js';
import { type FoundRecord, type KeptRecord, readRecords, removeRecord } from './kept-records.js';

/** The kept clusters that the records in this folder tell of. @throws EnvironmentError when the folder cannot be read. */
export async function keptClusters(folder: string): Promise<readonly ClusterStatus[]> {
  return Promise.all((await readRecords(folder)).map(({ record }) => statusOf(record)));
}

/**
 * Ends this user's kept clusters of that name, and returns when nothing of them runs any more.
 * @throws UsageError when the only ones of that name are another user's; EnvironmentError when one does not end.
 */
export async function endKept(folder: string, name: string, signal: AbortSignal): Promise<readonly string[]> {
  const named = (await readRecords(folder)).filter(({ record }) => record.name === name);
  const own: FoundRecord[] = [];
  for (const found of named) if (await isOurs(found.record)) own.push(found);
  const [another] = named;
  if (another !== undefined && own.length === 0) throw await anothers(another.record);
  for (const found of own) await end(found, signal);
  return own.map(({ record }) => `${record.name} (pid ${record.holder.pid})`);
}

async function statusOf(record: KeptRecord): Promise<ClusterStatus> {
  const { name, nodes, enter, end: ending } = record;
  const whole = await isAlive(record.inside);
  return {
    provider: 'netns',
    name,
    state: whole ? 'running' : 'broken',
    ours: await isOurs(record),
    // The nodes are namespaces of one sandbox: they are all there, or none.
    nodes: nodes.map((node) => ({ ...node, state: whole ? 'running' : 'gone' })),
    enter,
    end: ending,
  };
}

/** As root, another user's could be ended too; it is not what was asked for, and the same records can only be seen where homes are shared. */
async function isOurs(record: KeptRecord): Promise<boolean> {
  return (await userOf(record.holder.pid)) === (await userOf('self'));
}

async function anothers({ name, holder }: KeptRecord): Promise<UsageError> {
  const user = await userOf(holder.pid);
  const who = user === 0 ? 'root' : `the user with uid ${user}`;
  return new UsageError(`the cluster ${name} (pid ${holder.pid}) belongs to ${who}, and only they can end it`, {
    hint: user === 0 ? 'run the same command with sudo' : `run the same command as that user: sudo -u '#${user}' ...`,
  });
}

/** The kernel ends the process inside with its holder, and all the others, and removes every namespace, link and rule, with that one. */
async function end({ file, record }: FoundRecord, signal: AbortSignal): Promise<void> {
  const { name, holder, inside } = record;
  const anyAlive = async (): Promise<boolean> => (await isAlive(holder)) || (await isAlive(inside));
  if (await isAlive(holder)) {
    // unshare(1) does not heed SIGTERM while it waits for the process inside.
    const killed = await localExecutor({ LC_ALL: 'C' }).run(['sh', '-c', 'kill -KILL "$1"', 'sh', String(holder.pid)], { signal });
    signal.throwIfAborted();
    if (!succeeded(killed) && (await isAlive(holder)))
      throw new EnvironmentError(`the cluster ${name} (pid ${holder.pid}) cannot be ended: ${killed.stderr.trim() || killed.ended}`);
  }
  const gone = async (): Promise<true | undefined> => ((await anyAlive()) ? undefined : true);
  await waitFor(`the end of the cluster ${name} (pid ${holder.pid})`, gone, { intervalMs: 5, timeoutMs: 10_000, signal });
  await removeRecord(file);
}
