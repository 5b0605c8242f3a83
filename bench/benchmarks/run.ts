import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/cli/package-root.js';
import type { Benchmark, Contestant } from '../benchmark.js';
import { cliPath } from '../cli-path.js';
import { timed } from '../timed.js';

/** The lab as a student starts it: a whole process each time, evidence written and judged. */
export const run: Benchmark = {
  name: 'run',
  what: 'svclab run clusterip with 300 connections, evidence and verdict, as a whole process; and with every break proven',
  unit: 'ms',
  rounds: 7,
  yardstick: 'svclab run clusterip',
  targets: [
    { kind: 'median', of: 'svclab run clusterip', atMost: 2_000 },
    { kind: 'median', of: 'svclab run clusterip --sabotage all', atMost: 10_000 },
  ],
  async prepare({ env, signal }) {
    const out = await mkdtemp(join(tmpdir(), 'svclab-bench-'));
    const command = (...extra: string[]): Contestant => {
      const name = ['svclab run clusterip', ...extra].join(' ');
      const argv = [process.execPath, cliPath, 'run', 'clusterip', '--requests', '300', '--reporter', 'json', '--out', out, ...extra];
      return { name, sample: async () => ({ [name]: (await timed(argv, { env, signal, cwd: packageRoot })).ms }) };
    };
    return {
      contestants: [command(), command('--sabotage', 'all')],
      skipped: [],
      [Symbol.asyncDispose]: () => rm(out, { recursive: true, force: true }),
    };
  },
};
