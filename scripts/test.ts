// What `npm test` runs after the bootstrap: the parts, then every compiled test, as root the e2e tests twice. It ends with one line,
// `N passed, N failed`, of assertions. `npm test -- src/proxy` runs the tests whose path holds that text, and no parts.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { glob } from 'zx';
import { ordinaryUser } from './test/ordinary-user.js';
import { runParts } from './test/parts.js';
import { isHonestSkip } from './test/skips.js';
import { type Launcher, runSuite } from './test/suite.js';
import { addTally, emptyTally, type Tally } from './test/tally.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const wanted = process.argv.slice(2);
const total = emptyTally();
const here: Launcher = { prefix: [], node: process.execPath, cwd: root, env: process.env };

try {
  await main();
} catch (error) {
  report('the test command', { ...emptyTally(), failed: 1, failures: [{ name: 'the test command', detail: String(error) }] });
}
print(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function main(): Promise<void> {
  const built = performance.getEntriesByName('svclab build')[0]?.duration;
  report('types', { ...emptyTally(), passed: 1 }, built, built === undefined ? 'unchanged since the last build' : 'tsc');
  if (wanted.length === 0) await runParts(root, report);
  const files = await listTests();
  const e2e = files.filter((file) => file.endsWith('.e2e.test.js'));
  const unit = files.filter((file) => !e2e.includes(file));
  await suite('unit', unit, here);
  const asRoot = process.getuid?.() === 0;
  await suite(`e2e as ${asRoot ? 'root' : `uid ${process.getuid?.()}`}`, e2e, here);
  if (asRoot && e2e.length > 0) await suiteOfOrdinaryUser(e2e);
}

/** Paths from the root. Tests of the real cluster (`*.kind.test.ts`) are not among them. */
async function listTests(): Promise<string[]> {
  const files = await glob('build/{src,labs,scripts,bench}/**/*.test.js', { cwd: root, ignore: ['**/*.kind.test.js'] });
  return files.filter((file) => wanted.length === 0 || wanted.some((text) => file.replace(/\.js$/, '.ts').includes(text))).sort();
}

async function suite(name: string, files: readonly string[], launcher: Launcher, at: string = root): Promise<void> {
  if (files.length === 0) return;
  const since = performance.now();
  const paths = files.map((file) => join(at, file));
  report(name, await runSuite(paths, launcher), performance.now() - since, `${files.length} files`);
}

async function suiteOfOrdinaryUser(files: readonly string[]): Promise<void> {
  const name = 'e2e as nobody (uid 65534)';
  const user = await ordinaryUser(root);
  try {
    if (user.forbidden === undefined) await suite(name, files, user.launcher, user.root);
    else {
      print(
        `${name}: an ordinary user cannot make a sandbox on this machine (${user.forbidden}); where the system forbids it, sudo is the way`,
      );
      total.skipped += files.length;
    }
  } finally {
    await user.remove();
  }
}

function report(name: string, tally: Tally, ms?: number, note = ''): void {
  const dishonest = tally.skips.filter(({ reason }) => !isHonestSkip(reason, process.env.PATH ?? ''));
  for (const { name: test, reason } of dishonest) {
    tally.failed += 1;
    tally.skipped -= 1;
    tally.failures.push({ name: test, detail: `skipped (${reason}), but this machine can run it, or the reason is not "needs TOOL: why"` });
  }
  for (const { name: test, detail } of tally.failures) print(`\nnot ok ${test}\n${detail.replace(/^/gm, '    ')}\n`);
  for (const { name: test, reason } of tally.skips) if (isHonestSkip(reason, process.env.PATH ?? '')) print(`skipped ${test}: ${reason}`);
  const counts = [`${tally.passed} passed`, `${tally.failed} failed`, ...(tally.skipped > 0 ? [`${tally.skipped} skipped`] : [])].join(
    ', ',
  );
  const time = ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`;
  print(`${name.padEnd(26)} ${time.padStart(7)}  ${counts}${note === '' ? '' : ` (${note})`}`);
  addTally(total, tally);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
