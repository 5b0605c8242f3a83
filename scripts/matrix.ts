// `npm run matrix [-- --cluster kind]`: every lab with all its breaks, and what came of it written to docs/matrix.json; `npm run generate` makes the page of it.
// Exits with the code of the run; verdicts of a run that did not end well are written down too, since they are what was seen.
import { join } from 'node:path';
import { execa } from 'execa';
import { argv, fs } from 'zx';
import { packageRoot } from '../src/cli/package-root.js';
import { reportSchema } from '../src/reporters/report-schema.js';
import { verdictsOf, verdictsSchema } from './matrix/verdicts.js';

const file = join(packageRoot, 'docs', 'matrix.json');
const cluster = String(argv['cluster'] ?? 'netns');
const program = join(packageRoot, 'build', 'src', 'cli', 'main.js');

const words = [program, 'run', 'all', '--sabotage', 'all', '--json', '--cluster', cluster];
const run = await execa(process.execPath, words, { cwd: packageRoot, reject: false, stderr: 'inherit', stdin: 'ignore' });
if (run.stdout === '') {
  process.exitCode = run.exitCode ?? 4;
} else {
  const { runs } = reportSchema.parse(JSON.parse(run.stdout));
  const known = verdictsSchema.parse((await fs.pathExists(file)) ? await fs.readJson(file) : {});
  const found = Object.fromEntries(runs.map((one) => [one.lab?.id ?? '', verdictsOf(one)]));
  await fs.writeFile(file, `${JSON.stringify({ ...known, [cluster]: found }, undefined, 2)}\n`);
  console.error(`wrote docs/matrix.json; npm run generate makes docs/matrix.md of it`);
  process.exitCode = run.exitCode ?? 4;
}
