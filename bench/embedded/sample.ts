import { setTimeout as delay } from 'node:timers/promises';
import type { BenchContext } from '../benchmark.js';
import { applyPods, ask, createCluster, serviceAddress } from './cluster.js';
import { type Memory, treeMemory } from './memory.js';

/** Milliseconds; each part begins where the one before it ended. */
export interface EmbeddedSample {
  /** The sandbox, nodes, links and first rules. */
  readonly createMs: number;
  /** Pods, servers and the Service's rules. */
  readonly applyMs: number;
  /** One curl through the ClusterIP. */
  readonly askMs: number;
  /** Of the sandbox's processes, half a second later. */
  readonly memory: Memory;
}

/** A cluster from nothing to the first answer through the ClusterIP, and away again. */
export async function takeEmbeddedSample(pods: number, context: BenchContext): Promise<EmbeddedSample> {
  const { signal } = context;
  const begun = performance.now();
  await using cluster = await createCluster(context);
  const created = performance.now();
  await applyPods(cluster, pods, signal);
  const applied = performance.now();
  await ask(cluster, await serviceAddress(cluster, signal), signal);
  const answered = performance.now();
  await delay(500, undefined, { signal });
  return {
    createMs: created - begun,
    applyMs: applied - created,
    askMs: answered - applied,
    memory: treeMemory(process.pid),
  };
}
