import type Docker from 'dockerode';
import type { NodeContainer } from './nodes.js';

/** What svclab keeps about a cluster that it made, or has begun to make. */
export interface ClusterRecord {
  /** SHA-256 of the cluster file. */
  readonly config: string;
  /**
   * The ids of the nodes' containers, in the order of the addresses with which they were made: a cluster that was made later under the same name is
   * another's. Empty until all are there.
   */
  readonly nodes: string;
  /** The network `kind` was not there before. */
  readonly network: boolean;
  /** The svclab process that makes it (`thisProcess`). */
  readonly maker: string;
}

/** A record as the engine holds it. */
export interface KeptRecord extends ClusterRecord {
  /** When it was written, by the engine's clock, in whole seconds since the epoch. */
  readonly since: number;
}

const labels = {
  cluster: 'svclab.cluster',
  config: 'svclab.config',
  nodes: 'svclab.nodes',
  network: 'svclab.network',
  maker: 'svclab.maker',
};

/**
 * The record is the labels of an empty volume: it lives and ends with the engine that holds the nodes, can be read when no node runs, and needs no
 * image. kind has no way to label the nodes' containers.
 */
export async function readRecord(docker: Docker, cluster: string): Promise<KeptRecord | undefined> {
  const { Volumes } = await docker.listVolumes({ filters: { label: [`${labels.cluster}=${cluster}`] } });
  const volume = Volumes?.find((one) => one.Name === volumeName(cluster));
  const found = volume?.Labels;
  if (volume === undefined || found === undefined || found === null) return undefined;
  // dockerode's types do not know the field (API reference, "List volumes").
  const created: unknown = Reflect.get(volume, 'CreatedAt');
  const since = typeof created === 'string' ? Math.floor(Date.parse(created) / 1000) : Number.NaN;
  return {
    config: found[labels.config] ?? '',
    nodes: found[labels.nodes] ?? '',
    network: found[labels.network] === 'made',
    maker: found[labels.maker] ?? '',
    since,
  };
}

/**
 * Writes the record of a cluster that is about to be made, where there is none.
 * @returns false when another has written one first: the engine gives back a volume that is there as it is.
 */
export async function claim(docker: Docker, cluster: string, record: ClusterRecord): Promise<boolean> {
  const wanted = written(cluster, record);
  await docker.createVolume({ Name: volumeName(cluster), Labels: wanted });
  const { Labels } = await docker.getVolume(volumeName(cluster)).inspect();
  return Object.entries(wanted).every(([name, value]) => Labels?.[name] === value);
}

/** Replaces the record: an engine cannot change the labels of a volume. */
export async function writeRecord(docker: Docker, cluster: string, record: ClusterRecord): Promise<void> {
  await removeRecord(docker, cluster);
  await docker.createVolume({ Name: volumeName(cluster), Labels: written(cluster, record) });
}

export async function removeRecord(docker: Docker, cluster: string): Promise<void> {
  if ((await readRecord(docker, cluster)) !== undefined) await docker.getVolume(volumeName(cluster)).remove();
}

/** Tells these nodes from others of the same names: the beginnings of their ids, in the order of their addresses. */
export function identity(nodes: readonly NodeContainer[]): string {
  return [...nodes]
    .sort((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }))
    .map(short)
    .join(' ');
}

/** kind is given this long to make a cluster, in milliseconds. */
export const creationLimitMs = 600_000;

/**
 * Whose a cluster is.
 * - `whole`: svclab made it, and all its nodes are there, running or not.
 * - `parts`: svclab made it, and some of its nodes are gone.
 * - `unfinished`: svclab has begun to make it. Its nodes are not written down, but they came to be in the time in which only the kind that svclab had
 *   started could make any of that name. That is enough to end it when the user asks for that, and not enough to work with it.
 * - `foreign`: not svclab's.
 */
export type Ownership = 'whole' | 'parts' | 'unfinished' | 'foreign';

export function ownership(nodes: readonly NodeContainer[], record: KeptRecord | undefined): Ownership {
  if (record === undefined) return 'foreign';
  if (record.nodes === '') {
    const inTime = ({ created }: NodeContainer): boolean => created >= record.since && created <= record.since + creationLimitMs / 1000;
    return nodes.every(inTime) ? 'unfinished' : 'foreign';
  }
  const known = record.nodes.split(' ');
  if (!nodes.every((node) => known.includes(short(node)))) return 'foreign';
  return nodes.length === known.length ? 'whole' : 'parts';
}

function short({ id }: NodeContainer): string {
  return id.slice(0, 12);
}

function written(cluster: string, record: ClusterRecord): Record<string, string> {
  return {
    [labels.cluster]: cluster,
    [labels.config]: record.config,
    [labels.nodes]: record.nodes,
    [labels.network]: record.network ? 'made' : 'found',
    [labels.maker]: record.maker,
  };
}

function volumeName(cluster: string): string {
  return `svclab-${cluster}`;
}
