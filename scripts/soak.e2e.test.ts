import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { waitFor } from '../src/core/wait.js';

const program = fileURLToPath(new URL('./soak.js', import.meta.url));

// Whole runs, on a machine that may be busy.
t.setTimeout(110_000);

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'svclab-soak-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

function soak(out: string, ...args: readonly string[]) {
  return execa(process.execPath, [program, '--out', out, ...args], { reject: false, all: true });
}

t.test('all green: counted, and nothing is kept', async (t) => {
  const out = join(await folder(t), 'runs');
  const { exitCode, stdout, all } = await soak(out, '--runs', '2');
  t.equal(exitCode, 0, all);
  t.match(stdout, /^2 runs: 2 green, 0 red, 0 inconclusive, 0 broken off\nsteps taken again: 0\nseconds: min \d/m);
  await t.rejects(readdir(out), { code: 'ENOENT' });
});

t.test('a run that is not green is said at once, its folder stays, and the exit code says so', async (t) => {
  const out = join(await folder(t), 'runs');
  // Too few requests to show any fault: svclab calls that inconclusive.
  const { exitCode, stdout, all } = await soak(out, '--runs', '2', '--requests', '6');
  t.equal(exitCode, 1, all);
  t.match(stdout, /^run 1: inconclusive, .*\n {2}answers-fit: inconclusive /);
  t.match(stdout, '2 runs: 0 green, 0 red, 2 inconclusive, 0 broken off');
  t.equal((await readdir(out)).filter((name) => name !== 'latest').length, 2);
});

t.test('what no later run could do better ends it', async (t) => {
  const { exitCode, stdout } = await soak(join(await folder(t), 'runs'), 'no-such-lab', '--runs', '5');
  t.equal(exitCode, 1);
  t.match(stdout, '1 run: 0 green, 0 red, 0 inconclusive, 1 broken off');
  t.match(stdout, /there is no lab 'no-such-lab'/);
});

t.test('Ctrl-C: the summary so far, once the run that is under way has ended', async (t) => {
  const out = join(await folder(t), 'runs');
  const running = soak(out, '--runs', '1000');
  const begun = async (): Promise<true | undefined> => ((await readdir(out).catch(() => [])).length > 0 ? true : undefined);
  await waitFor('the first run', begun, { intervalMs: 20, timeoutMs: 30_000, signal: new AbortController().signal });
  running.kill('SIGINT');
  const { exitCode, stdout, all } = await running;
  t.equal(exitCode, 130, all);
  t.match(stdout, /^\d+ runs?: \d+ green, 0 red, 0 inconclusive, 0 broken off$/m);
  await t.rejects(readdir(out), { code: 'ENOENT' }, 'what was interrupted is no finding');
});
