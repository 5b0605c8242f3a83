import { UsageError } from '../../core/errors.js';
import type { Machine } from './machine.js';
import { livingMaker } from './maker.js';
import { type NodeContainer, nodeContainers } from './nodes.js';
import { type KeptRecord, type Ownership, ownership, readRecord } from './record.js';
import { removeSidecars, sidecarMakers } from './sidecars.js';
import { end } from './teardown.js';

/** A cluster of that name, as the engine shows it. */
export interface Found {
  /** Without any there is no cluster, though parts of one may be left. */
  readonly nodes: readonly NodeContainer[];
  readonly record: KeptRecord | undefined;
  readonly ownership: Ownership;
}

export async function find(machine: Pick<Machine, 'docker'>, name: string): Promise<Found> {
  const [nodes, record] = await Promise.all([nodeContainers(machine.docker, name), readRecord(machine.docker, name)]);
  return { nodes, record, ownership: ownership(nodes, record) };
}

/**
 * The nodes that are there and may be used; undefined where a new cluster is to be made, and then nothing of an old one is left.
 * @param wanted the SHA-256 of the cluster file; `fresh` ends what svclab made.
 * @throws UsageError for another's cluster, one that somebody works with, and one that is of no use, unless that is to be ended.
 */
export async function takeOver(
  machine: Machine,
  name: string,
  wanted: { readonly config: { readonly file: string }; readonly digest: string; readonly fresh: boolean; ending(): void },
): Promise<{ readonly nodes: readonly NodeContainer[]; readonly recorded: string } | undefined> {
  const found = await find(machine, name);
  if (found.nodes.length > 0 && found.ownership === 'foreign') throw notOurs(name);
  await refuseBusy(machine, name, found);
  if (found.nodes.length === 0) {
    // A killed svclab may have left a record, sidecars and a network.
    await end(machine, name);
    return undefined;
  }
  if (wanted.fresh) {
    wanted.ending();
    await end(machine, name);
    return undefined;
  }
  if (found.ownership === 'unfinished') {
    throw new UsageError(`a cluster named ${name} is there, and it is not finished: svclab was ended while it made it`, {
      hint: "--fresh ends it and makes a new one; 'svclab down' only ends it",
    });
  }
  if (found.ownership === 'parts') {
    throw new UsageError(`of the cluster ${name} that svclab made only ${found.nodes.map((node) => node.name).join(', ')} is left`, {
      hint: "--fresh ends it and makes a new one; 'svclab down' only ends it",
    });
  }
  if (found.record?.config !== wanted.digest) {
    throw new UsageError(`the running cluster ${name} was made from another cluster file than ${wanted.config.file}`, {
      hint: '--fresh ends it and makes a new one',
    });
  }
  await removeSidecars(machine.docker, name);
  return { nodes: found.nodes, recorded: found.record.nodes };
}

/** @throws UsageError while another svclab makes the cluster or runs a lab on it. */
export async function refuseBusy(machine: Machine, name: string, { record }: Pick<Found, 'record'>): Promise<void> {
  const makes = record !== undefined && record.nodes === '' ? [record.maker] : [];
  for (const maker of [...makes, ...(await sidecarMakers(machine.docker, name))]) {
    const pid = maker === machine.maker ? undefined : await livingMaker(maker);
    if (pid === undefined) continue;
    const what = makes.includes(maker) ? 'is making' : 'is at work with';
    throw new UsageError(`another svclab ${what} the cluster ${name}`, { hint: `wait for it, or end it: it is process ${pid}` });
  }
}

/** The error for a cluster that is left alone. */
export function notOurs(name: string): UsageError {
  return new UsageError(`a cluster named ${name} is there, and svclab did not make it`, {
    hint: `svclab leaves it alone; 'kind delete cluster --name ${name}' removes it`,
  });
}
