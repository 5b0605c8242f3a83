import { join } from 'node:path';
import { packageRoot } from '../../src/cli/package-root.js';
import { type Benchmark, type Contestant, nothingHeld } from '../benchmark.js';
import { cliPath } from '../cli-path.js';
import { timed } from '../timed.js';

const bootstrapPath = join(packageRoot, 'scripts', 'bootstrap.mjs');

/** What `npm run` adds to the program where everything is there already. `run` also looks for the operating system's tools. */
export const bootstrap: Benchmark = {
  name: 'bootstrap',
  what: 'scripts/bootstrap.mjs where nothing is left to do, against the program by itself (run stops at a lab that is not there)',
  unit: 'ms',
  rounds: 15,
  yardstick: '--version',
  targets: [
    { kind: 'difference', of: '--version, bootstrapped', to: '--version', atMost: 50 },
    { kind: 'difference', of: 'run, bootstrapped', to: 'run', atMost: 50 },
  ],
  async prepare({ env, signal }) {
    const contestant = (name: string, argv: readonly string[], exitCode: number): Contestant => ({
      name,
      sample: async () => ({ [name]: (await timed([process.execPath, ...argv], { env, signal, exitCode, cwd: packageRoot })).ms }),
    });
    return nothingHeld([
      contestant('--version', [cliPath, '--version'], 0),
      contestant('--version, bootstrapped', [bootstrapPath, 'svclab', '--version'], 0),
      contestant('run', [cliPath, 'run', 'no-such-lab'], 2),
      contestant('run, bootstrapped', [bootstrapPath, 'svclab', 'run', 'no-such-lab'], 2),
    ]);
  },
};
