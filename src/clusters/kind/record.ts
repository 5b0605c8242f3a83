import type Docker from 'dockerode';
import type { NodeContainer } from './nodes.js';

/** What svclab keeps about a cluster that it made. */
export interface ClusterRecord {
  /** SHA-256 of the cluster file. */
  readonly config: string;
  /** The ids of the nodes' containers: a cluster that was made later under the same name is another's. */
  readonly nodes: string;
  /** The network `kind` was not there before. */
  readonly network: boolean;
}

const labels = { cluster: 'svclab.cluster', config: 'svclab.config', nodes: 'svclab.nodes', network: 'svclab.network' };

/**
 * The record is the labels of an empty volume: it lives and ends with the engine that holds the nodes, can be read when no node runs, and needs no
 * image. kind has no way to label the nodes' containers.
 */
export async function readRecord(docker: Docker, cluster: string): Promise<ClusterRecord | undefined> {
  const { Volumes } = await docker.listVolumes({ filters: { label: [`${labels.cluster}=${cluster}`] } });
  const found = Volumes?.find((volume) => volume.Name === volumeName(cluster))?.Labels;
  if (found === undefined || found === null) return undefined;
  return { config: found[labels.config] ?? '', nodes: found[labels.nodes] ?? '', network: found[labels.network] === 'made' };
}

export async function writeRecord(docker: Docker, cluster: string, record: ClusterRecord): Promise<void> {
  // An engine gives back a volume that is there as it is, without the new labels.
  await removeRecord(docker, cluster);
  await docker.createVolume({
    Name: volumeName(cluster),
    Labels: {
      [labels.cluster]: cluster,
      [labels.config]: record.config,
      [labels.nodes]: record.nodes,
      [labels.network]: record.network ? 'made' : 'found',
    },
  });
}

export async function removeRecord(docker: Docker, cluster: string): Promise<void> {
  if ((await readRecord(docker, cluster)) !== undefined) await docker.getVolume(volumeName(cluster)).remove();
}

/** Tells these nodes from others of the same names. */
export function identity(nodes: readonly NodeContainer[]): string {
  return nodes
    .map((node) => node.id.slice(0, 12))
    .sort()
    .join(' ');
}

function volumeName(cluster: string): string {
  return `svclab-${cluster}`;
}
