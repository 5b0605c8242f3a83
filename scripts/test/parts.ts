import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $ } from 'zx';
import { emptyTally, type Tally } from './tally.js';

/** What a developer types one by one (`npm run lint`), by the name of its line in package.json. */
const parts = { lint: 'lint', layers: 'layers', 'dead code': 'deadcode', 'generated files': 'generated' };

/** Each part counts as one test: passed when its program exits with 0. `ended` is called after each, with its time in milliseconds. */
export async function runParts(root: string, ended: (name: string, tally: Tally, ms: number) => void): Promise<void> {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const shell = $({ cwd: root, preferLocal: root, nothrow: true, quiet: true, env: { ...process.env, NO_COLOR: '1' } });
  for (const [name, script] of Object.entries(parts)) {
    const since = performance.now();
    const tally = emptyTally();
    const output = await shell`bash -c ${scripts[script]}`;
    if (output.exitCode === 0) tally.passed = 1;
    else {
      tally.failed = 1;
      tally.failures.push({ name, detail: `${output.stdout}\n${output.stderr}`.trim() });
    }
    ended(name, tally, performance.now() - since);
  }
}
