import { netnsProvider } from '../../src/clusters/netns/provider.js';
import type { Cluster } from '../../src/core/cluster.js';
import type { BenchContext } from '../benchmark.js';
import { clusterConfig, manifests, service } from './manifests.js';

/** The embedded cluster without pods. */
export function createCluster({ root, env, signal }: BenchContext, config = clusterConfig()): Promise<Cluster> {
  return netnsProvider({ root, env, tools: [] }).create({
    config,
    name: 'bench',
    publish: false,
    fresh: false,
    progress: () => {},
    logs: () => Promise.reject(new Error('no logs')),
    signal,
    warn: () => {},
  });
}

export async function applyPods(cluster: Cluster, pods: number, signal: AbortSignal): Promise<void> {
  await cluster.apply(manifests(pods), signal);
}

/** The Service's address, `10.200.1.96:9000`. */
export async function serviceAddress(cluster: Cluster, signal: AbortSignal): Promise<string> {
  const objects = await cluster.objects(signal);
  const found = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === service.name);
  const ip = clusterIpOf(found?.['spec']);
  if (ip === undefined) throw new Error(`the cluster gave ${service.name} no ClusterIP`);
  return `${ip}:${service.port}`;
}

/** One curl in net-pod. @throws Error when the answer is not a webpod's. */
export async function ask(cluster: Cluster, address: string, signal: AbortSignal): Promise<void> {
  const result = await cluster.executor('pod/default/net-pod').run(['curl', '-s', '--max-time', '5', `http://${address}/`], { signal });
  if (!result.stdout.startsWith('Hostname: webpod')) throw new Error(`no webpod answered at ${address}: ${JSON.stringify(result)}`);
}

function clusterIpOf(spec: unknown): string | undefined {
  if (typeof spec !== 'object' || spec === null || !('clusterIP' in spec)) return undefined;
  return typeof spec.clusterIP === 'string' ? spec.clusterIP : undefined;
}
