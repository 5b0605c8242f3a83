import type { Cluster } from '../core/cluster.js';
import type { ObservationPart } from '../core/evidence.js';
import type { RunFolder } from '../evidence/run-folder.js';
import type { Lab } from '../schema/lab.js';
import type { Emit, RunnerTools } from './tools.js';

/** What a step is taken with. */
export interface Stage {
  readonly lab: Lab;
  readonly cluster: Cluster;
  readonly folder: RunFolder;
  readonly tools: RunnerTools;
  readonly requests: number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** What was recorded when the cluster grew, by its name: it grows once. */
  readonly grown: Map<string, ObservationPart>;
  /** The addresses of the pods that the steps so far have seen, but for those that are known to be gone. */
  readonly pods: Set<string>;
}
