// What `npm test` runs after the bootstrap: the parts, then every compiled test, as root the e2e tests twice. It ends with one line,
// `N passed, N failed`, of assertions. `npm test -- src/proxy` runs the tests whose path holds that text, and no parts.
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testFiles } from './test/files.js';
import { ordinaryUser } from './test/ordinary-user.js';
import { runParts } from './test/parts.js';
import { TestReport } from './test/report.js';
import { type Launcher, runSuite } from './test/suite.js';
import { emptyTally } from './test/tally.js';

/** How many files of a suite are named with the time that they took. */
const shownTimes = 5;
const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const wanted = process.argv.slice(2);
const here: Launcher = { prefix: [], node: process.execPath, cwd: root, env: process.env };
// A real cluster is the work of `npm run test:kind`.
const report = new TestReport({ path: process.env.PATH ?? '', elsewhere: ['kind'] });

try {
  await main();
} catch (error) {
  report.broke(error);
}
process.exitCode = report.end();

async function main(): Promise<void> {
  const built = performance.getEntriesByName('svclab build')[0]?.duration;
  report.add('types', { ...emptyTally(), passed: 1 }, built, built === undefined ? 'unchanged since the last build' : 'tsc');
  if (wanted.length === 0) await runParts(root, (...part) => report.add(...part));
  const files = await testFiles(root, 'ordinary', wanted);
  const e2e = files.filter((file) => file.endsWith('.e2e.test.js'));
  const unit = files.filter((file) => !e2e.includes(file));
  await suite('unit', unit, here);
  const asRoot = process.getuid?.() === 0;
  await suite(`e2e as ${asRoot ? 'root' : `uid ${process.getuid?.()}`}`, e2e, here);
  if (asRoot && e2e.length > 0) await suiteOfOrdinaryUser(e2e);
}

async function suite(name: string, files: readonly string[], launcher: Launcher, at: string = root): Promise<void> {
  if (files.length === 0) return;
  const since = performance.now();
  const paths = files.map((file) => join(at, file));
  const times: { readonly file: string; readonly ms: number }[] = [];
  const tally = await runSuite(paths, launcher, undefined, (file, ms) => void times.push({ file, ms }));
  const slowest = times.toSorted((a, b) => b.ms - a.ms).slice(0, shownTimes);
  const longest = slowest.map(({ file, ms }) => `${basename(file, '.test.js')} ${(ms / 1000).toFixed(0)} s`).join(', ');
  report.add(name, tally, performance.now() - since, `${files.length} files; longest: ${longest}`);
}

async function suiteOfOrdinaryUser(files: readonly string[]): Promise<void> {
  const name = 'e2e as nobody (uid 65534)';
  const user = await ordinaryUser(root);
  try {
    if (user.forbidden === undefined) await suite(name, files, user.launcher, user.root);
    else {
      const why = `an ordinary user cannot make a sandbox on this machine (${user.forbidden}); where the system forbids it, sudo is the way`;
      report.skip(files.length, `${name}: ${why}`);
    }
  } finally {
    await user.remove();
  }
}
