import type { Cluster } from '../core/cluster.js';
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
}
