import { CleanupStack } from '../core/cleanup.js';
import type { Cluster, ManifestSource } from '../core/cluster.js';
import type { EvidenceSink } from '../core/evidence.js';
import { isPod, isService } from '../objects/guards.js';
import { loadKindConfig } from '../schema/kind-config.js';
import { compareReadings } from './compare.js';
import { type Compared, compareSections, mergeCompared } from './difference.js';
import { pinned } from './pinned.js';
import { comparePredicted } from './predicted.js';
import { type ClusterReading, type ProxySettings, readCluster } from './reading.js';
import { requestSections } from './requests.js';
import { rolesOf } from './roles.js';

/** Manifests that both clusters get at once. */
export interface ManifestSet {
  readonly name: string;
  readonly config: ManifestSource;
  readonly manifests: readonly ManifestSource[];
}

export interface SetCompared extends Compared {
  readonly nodes: number;
  readonly services: number;
  readonly pods: number;
  /** Services that a request was sent through, in both clusters. */
  readonly requests: number;
}

interface Taken {
  readonly reading: ClusterReading;
  readonly requests: ReadonlyMap<string, readonly string[]>;
}

/**
 * Applies a set to both clusters, and compares what their nodes hold with each other, and each with what `src/proxy` makes of its objects. Both clusters
 * end with it, or lose what was applied. The readings are kept as evidence, under the set's name.
 * @param mode what kube-proxy works in, in both clusters.
 */
export async function compareSet(
  set: ManifestSet,
  mode: ProxySettings['mode'],
  clusters: readonly [real: () => Promise<Cluster>, embedded: () => Promise<Cluster>],
  sink: EvidenceSink,
  signal: AbortSignal,
): Promise<SetCompared> {
  const [real, embedded] = [await take(set, mode, clusters[0], signal), await take(set, mode, clusters[1], signal)];
  for (const { reading, requests } of [real, embedded]) {
    const kept = { format: 'svclab-parity-reading/v1', ...reading, requests: Object.fromEntries(requests) };
    await sink.write(`${set.name}/${reading.provider}.json`, `${JSON.stringify(kept, null, 1)}\n`);
  }
  const sides = [real.reading.provider, embedded.reading.provider] as const;
  const compared = mergeCompared([
    compareReadings(real.reading, embedded.reading),
    comparePredicted(real.reading),
    comparePredicted(embedded.reading),
    compareSections('requests', sides, real.requests, embedded.requests),
  ]);
  const { objects } = embedded.reading;
  return {
    ...compared,
    nodes: real.reading.nodes.length,
    services: objects.filter(isService).length,
    pods: objects.filter(isPod).length,
    requests: embedded.requests.size,
  };
}

async function take(set: ManifestSet, mode: ProxySettings['mode'], start: () => Promise<Cluster>, signal: AbortSignal): Promise<Taken> {
  await using acquired = new CleanupStack();
  const cluster = acquired.use('the cluster', await start());
  await cluster.setProxyMode(mode, signal);
  const { knowsServiceCIDRs, nodes } = loadKindConfig(set.config);
  await cluster.apply(pinned(set.manifests, nodes.at(-1)?.name ?? ''), signal);
  const reading = await readCluster(cluster, signal, { mode, knowsServiceCIDRs });
  const requests = await requestSections(cluster, reading.objects, rolesOf(reading.objects, reading.podSubnet), signal);
  return { reading, requests };
}
