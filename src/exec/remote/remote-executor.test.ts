import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { waitFor } from '../../core/wait.js';
import { processAt } from '../live-process.js';
import { conversation } from '../testing/conversation.js';
import { localStreams } from './local-streams.js';
import { RemoteExecutor } from './remote-executor.js';
import type { OpenStreams, Streams } from './streams.js';

// An agent that is killed cannot remove its folder; here that goes with the test's own.
process.env['TMPDIR'] = t.testdir();

/** This machine, reached as a container would be: by streams alone. @param prefix the program that leads there. */
function here(t: Test, prefix: readonly string[] = []): { readonly executor: RemoteExecutor; readonly opened: Streams[] } {
  const opened: Streams[] = [];
  const open = localStreams(prefix);
  const counted: OpenStreams = async (argv) => {
    const streams = await open(argv);
    opened.push(streams);
    return streams;
  };
  const executor = new RemoteExecutor('node/n1', counted);
  t.teardown(() => executor[Symbol.asyncDispose]());
  return { executor, opened };
}

t.test('one agent runs many commands side by side, each with its own output, input, words and exit code', async (t) => {
  const { executor, opened } = here(t);
  const big = 'x'.repeat(300_000);
  const runs = await Promise.all([
    executor.run(['printf', '%s|', 'two words', '', "quo'te", '$HOME', 'new\nline', '한글']),
    executor.run(['sh', '-c', 'echo out; echo err >&2; exit 7']),
    executor.run(['cat'], { input: big }),
    executor.run(['wc', '-c'], { input: '한글 €\n' }),
    executor.run(['cat'], { input: '' }),
    executor.run(['cat']),
    ...Array.from({ length: 20 }, (_, i) => executor.run(['echo', String(i)])),
  ]);
  const [words, failed, echoed, counted, empty, none, ...many] = runs;
  t.equal(words?.stdout, "two words||quo'te|$HOME|new\nline|한글|");
  t.match(failed, { place: 'node/n1', ended: 'exit', exitCode: 7, stdout: 'out\n', stderr: 'err\n', signal: null });
  t.equal(echoed?.stdout, big);
  t.equal(counted?.stdout.trim(), '11');
  t.match(
    [empty, none],
    [
      { stdout: '', exitCode: 0 },
      { stdout: '', exitCode: 0 },
    ],
  );
  t.same(
    many.map((one) => one.stdout),
    many.map((_, i) => `${i}\n`),
  );
  t.equal(opened.length, 1);
});

t.test('every byte of an output comes back, wherever it stands', async (t) => {
  const { executor } = here(t);
  for (const text of [
    '',
    'x',
    '\0',
    'a\0',
    '\0\0',
    '\0x',
    'x\0x\0',
    'a\0\nb\n\n',
    `${'y'.repeat(70_000)}\0${'x'.repeat(70_000)}`,
    '\\n%s\t',
  ]) {
    const both = await executor.run(['sh', '-c', 'tee /dev/stderr | cat'], { input: text.replaceAll('\0', '_') });
    t.match(both, { stdout: text.replaceAll('\0', '_'), stderr: text.replaceAll('\0', '_') });
    // An input may hold no NUL, so it is made there.
    const raw = await executor.run(['sh', '-c', 'tr _ "\\000" | tee /dev/stderr'], { input: text.replaceAll('\0', '_') });
    t.ok(raw.stdout === text && raw.stderr === text, JSON.stringify(text.slice(0, 20)));
  }
});

t.test('an answer is whole, also where others are ended beside it', async (t) => {
  const { executor, opened } = here(t);
  const big = 'z'.repeat(500_000);
  const runs = Array.from({ length: 30 }, (_, i) =>
    executor.run(['cat'], { input: big, ...(i % 3 === 0 ? { timeoutMs: 5 + 3 * i } : {}) }),
  );
  const results = await Promise.all(runs);
  t.ok(results.every(({ ended, stdout }, i) => (ended === 'exit' ? stdout === big : i % 3 === 0 && ended === 'timeout')));
  t.match(await executor.run(['echo', 'still here']), { stdout: 'still here\n' });
  t.equal(opened.length, 1);
});

t.test('a program that is not there', async (t) => {
  const result = await here(t).executor.run(['no-such-program-at-all']);
  t.match(result, { ended: 'exit', exitCode: 127, stderr: /not found/ });
});

t.test('a command that takes too long, or is no longer wanted, is ended with all that it started', async (t) => {
  const { executor } = here(t);
  const mark = `svclab-test-${process.pid}`;
  const sleeping = ['bash', '-c', `sleep 4321 & echo ${mark} >/dev/null; wait`];
  const late = await executor.run(sleeping, { timeoutMs: 300 });
  t.match(late, { ended: 'timeout', exitCode: null });
  const controller = new AbortController();
  const unwanted = executor.run(sleeping, { signal: controller.signal });
  await waitFor('the command', async () => (await living(executor, mark)) > 0 || undefined, { intervalMs: 10, timeoutMs: 5_000 });
  controller.abort();
  t.match(await unwanted, { ended: 'aborted' });
  await waitFor('their end', async () => (await living(executor, mark)) === 0 || undefined, { intervalMs: 10, timeoutMs: 5_000 });
  t.match(await executor.run(['echo', 'still here']), { stdout: 'still here\n' });
  t.match(await executor.run(['true'], { signal: controller.signal }), { ended: 'aborted' });
});

/** How many processes were started with the mark on their command line; the one that asks is not counted. */
async function living(executor: RemoteExecutor, mark: string): Promise<number> {
  const { stdout } = await executor.run(['ps', '-eo', 'args']);
  return stdout.split('\n').filter((line) => line.startsWith('bash') && line.includes(mark)).length;
}

t.test('a command that goes on: its sign of life, its output in a file, its end by a signal', async (t) => {
  const { executor } = here(t);
  const file = join(t.testdir(), 'out');
  const script = 'trap "echo stopped; exit 3" INT; printf "\\0\\377raw"; echo ready >&2; while :; do sleep 0.05; done';
  const running = await executor.start(['bash', '-c', script], { stdoutFile: file });
  await running.waitForStderr(/ready/);
  const [first, second] = await Promise.all([running.stop(), running.ended]);
  t.match(first, { ended: 'exit', exitCode: 3, place: 'node/n1', stdout: '' });
  t.equal(first, second);
  t.equal((await readFile(file)).toString('latin1'), '\0\xffrawstopped\n');
});

t.test('a command that ends by itself, and one that cannot be started', async (t) => {
  const { executor } = here(t);
  const short = await executor.start(['sh', '-c', 'echo done; exit 2']);
  t.match(await short.ended, { ended: 'exit', exitCode: 2, stdout: 'done\n' });
  await t.rejects(short.waitForStderr(/never/), /ended before it was ready \(exit 2\)/);
  const loud = await executor.start(['sh', '-c', 'printf "what went wrong" >&2; exit 1']);
  t.match(await loud.ended, { exitCode: 1, stderr: /^what went wrong$/ }, 'and nothing of how it was started');
  await t.rejects(executor.start(['true'], { stdoutFile: join(t.testdir(), 'no', 'such', 'folder') }), /cannot be written/);
});

t.test('a lost connection is said, and the next command has a new one', async (t) => {
  // As kubectl does, the program stands between, and the agent outlives it for a moment.
  const { executor, opened } = here(t, ['sh', '-c', 'cat | "$@"', 'relay']);
  const pidFile = join(t.testdir(), 'pid');
  const lost = executor.run(['sh', '-c', 'echo $$ >"$0"; exec sleep 30', pidFile]);
  const pid = await waitFor('the command', async () => Number(await readFile(pidFile, 'utf8').catch(() => '')) || undefined, {
    intervalMs: 5,
    timeoutMs: 5_000,
  });
  opened[0]?.close();
  t.match(await lost, { ended: 'not-started', stderr: /the connection to node\/n1 was lost/ });
  await waitFor('the end of the command there', async () => (await processAt(pid)) === undefined || undefined, {
    intervalMs: 10,
    timeoutMs: 5_000,
  });
  t.match(await executor.run(['echo', 'back']), { ended: 'exit', stdout: 'back\n' });
  t.equal(opened.length, 2);
});

t.test('a place that cannot be reached is a result, not an exception', async (t) => {
  const executor = new RemoteExecutor('node/gone', () => Promise.reject(new Error('no such container')));
  t.match(await executor.run(['true']), { ended: 'not-started', stderr: 'no such container', place: 'node/gone' });
  await t.rejects(executor.start(['true']), /no such container/);
});

t.test('an agent that answers what cannot be understood is left, and the next command has a new one', async (t) => {
  const { executor, opened } = here(t);
  const spoilt = executor.run(['sh', '-c', 'rm -r "$(dirname "$(readlink /proc/$$/fd/1)")"']);
  t.match(await spoilt, { ended: 'not-started', stderr: /the connection to node\/n1 was lost: its agent answered '1 incomplete / });
  t.match(await executor.run(['echo', 'back']), { ended: 'exit', stdout: 'back\n' });
  t.equal(opened.length, 2);
});

t.test('start: output comes while the command runs', async (t) => {
  const { executor } = here(t);
  let heard = '';
  const command = await executor.start(['sh', '-c', 'echo first; read line; echo second; exec sleep 100'], {
    onStdout: (text) => {
      heard += text;
    },
  });
  await waitFor('the first line', () => (heard === 'first\n' || heard === 'first\nsecond\n' ? true : undefined), {
    intervalMs: 10,
    timeoutMs: 20_000,
  });
  t.match(await command.stop('SIGTERM'), { stdout: /^first\n/ });
});

t.test('start: it is asked, and answers', (t) => conversation(t, here(t).executor));
