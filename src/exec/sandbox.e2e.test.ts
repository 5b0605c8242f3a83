import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { waitFor } from '../core/wait.js';
import { sandboxExecutor } from './sandbox.js';
import { conversation } from './testing/conversation.js';
import { startHolder } from './testing/sandbox.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const holder = await startHolder();
t.teardown(() => holder[Symbol.asyncDispose]());
await holder.request({ op: 'namespaces', add: [{ name: 'one', hostname: 'first', sysctls: { 'net/ipv4/ip_forward': '1' } }] });
const one = sandboxExecutor(holder, 'node/one', 'one');

t.test('run: every way to end is a value', async (t) => {
  const argv = ['sh', '-c', 'echo out; echo err >&2; exit 3'];
  t.match(await one.run(argv), { place: 'node/one', argv, ended: 'exit', exitCode: 3, signal: null, stdout: 'out\n', stderr: 'err\n' });
  t.match(await one.run(['sh', '-c', 'kill -TERM $$']), { ended: 'signal', exitCode: null, signal: 'SIGTERM' });
  t.match(await one.run(['sh', '-c', 'echo begun; sleep 100'], { timeoutMs: 100 }), {
    ended: 'timeout',
    exitCode: null,
    stdout: 'begun\n',
  });
  t.match(await one.run(['no-such-program-anywhere']), { ended: 'not-started', exitCode: null, signal: null, stderr: /ENOENT/ });
  t.match(await one.run(['sleep', '100'], { signal: AbortSignal.timeout(50) }), { ended: 'aborted' });
  t.match(await one.run(['true'], { signal: AbortSignal.abort() }), { ended: 'aborted', stdout: '' });
  await t.rejects(one.run([]), { name: 'EnvironmentError' });
  const late = new AbortController();
  const done = await one.run(['true'], { signal: late.signal });
  late.abort();
  t.match(done, { ended: 'exit', exitCode: 0 });
});

t.test('run: what a command starts ends with it', async (t) => {
  await one.run(['sh', '-c', 'sleep 98765 & sleep 98765'], { timeoutMs: 100 });
  await waitFor('both to be gone', async () => ((await one.run(['pgrep', '-fx', 'sleep 98765'])).exitCode === 1 ? true : undefined), {
    intervalMs: 10,
    timeoutMs: 5_000,
  });
  t.pass();
});

t.test('run: input, environment, arguments, and where it runs', async (t) => {
  t.equal((await one.run(['cat'], { input: 'a\n\tb' })).stdout, 'a\n\tb');
  t.equal((await one.run(['cat'])).stdout, '', 'no input is an empty one');
  t.match(await one.run(['true'], { input: 'x'.repeat(1_000_000) }), { ended: 'exit', exitCode: 0 });
  const long = 'y'.repeat(3_000_000);
  t.equal((await one.run(['cat'], { input: long })).stdout, long);
  t.equal((await one.run(['printf', '%s|', '$HOME', '; ls', '*', ''])).stdout, '$HOME|; ls|*||');
  t.equal((await one.run(['hostname'])).stdout, 'first\n');
  t.equal((await one.run(['cat', '/proc/sys/net/ipv4/ip_forward'])).stdout, '1\n');
  t.match((await one.run(['ip', '-o', 'link'])).stdout, /^1: lo: .*\n$/, 'only its own link');
  t.equal((await one.run(['sh', '-c', 'echo $LC_ALL'])).stdout, 'C\n');
  const outside = sandboxExecutor(holder, 'local', '');
  t.not((await outside.run(['hostname'])).stdout, 'first\n');
  await t.rejects(sandboxExecutor(holder, 'node/none', 'none').run(['true']), {
    name: 'EnvironmentError',
    message: 'there is no namespace none',
  });
  await t.rejects(holder.request({ op: 'namespaces', add: [{ name: 'one', sysctls: {} }] }), { message: 'namespace one is there already' });
});

t.test('commands run side by side, each in its own place', async (t) => {
  await holder.request({
    op: 'namespaces',
    add: Array.from({ length: 8 }, (_, i) => ({ name: `side${i}`, hostname: `host${i}`, sysctls: {} })),
  });
  const results = await Promise.all(
    Array.from({ length: 64 }, (_, i) => sandboxExecutor(holder, 'local', `side${i % 8}`).run(['hostname'])),
  );
  t.same(
    results.map(({ stdout }) => stdout),
    results.map((_, i) => `host${i % 8}\n`),
  );
  for (let i = 0; i < 8; i++) await holder.request({ op: 'remove-namespace', name: `side${i}` });
  t.equal((await sandboxExecutor(holder, 'local', '').run(['ip', 'netns', 'list'])).stdout.trim(), 'one');
});

t.test('start: the sign of life, a stop, a signal', async (t) => {
  const command = await one.start(['sh', '-c', 'printf "rea" >&2; sleep 0.1; echo "dy now" >&2; exec sleep 100']);
  await command.waitForStderr(/ready now/);
  const end = await command.stop('SIGTERM');
  t.match(end, { place: 'node/one', ended: 'signal', signal: 'SIGTERM', stderr: 'ready now\n' });
  t.same(await command.stop(), end, 'a second stop gives the same');

  const early = await one.start(['sh', '-c', 'echo "cannot" >&2; exit 4']);
  await t.rejects(early.waitForStderr(/ready/), { name: 'EnvironmentError', message: /ended before it was ready \(exit 4\): cannot/ });
  const missing = await one.start(['no-such-program-anywhere']);
  await t.rejects(missing.waitForStderr(/ready/), { message: /\(not-started \): .*ENOENT/ });
  t.match(await missing.stop(), { ended: 'not-started' });

  const aborting = new AbortController();
  const aborted = await one.start(['sh', '-c', 'trap "" INT TERM; echo here >&2; sleep 100'], { signal: aborting.signal });
  await aborted.waitForStderr(/here/);
  aborting.abort();
  t.match(await aborted.ended, { ended: 'aborted' });
  const never = await one.start(['sleep', '100'], { signal: AbortSignal.abort() });
  t.match(await never.ended, { ended: 'aborted' });
  const meanwhile = new AbortController();
  const starting = one.start(['sleep', '100'], { signal: meanwhile.signal });
  meanwhile.abort();
  t.match(await (await starting).ended, { ended: 'aborted' }, 'aborted while it was starting');

  let ended: Promise<unknown>;
  {
    await using disposed = await one.start(['sh', '-c', 'trap "" INT TERM; echo here >&2; sleep 100']);
    await disposed.waitForStderr(/here/);
    ({ ended } = disposed);
  }
  t.match(await ended, { ended: 'signal', signal: 'SIGKILL' });
});

t.test('start: the file is whole when the command has ended', async (t) => {
  const file = join(t.testdir({}), 'out.bin');
  for (let round = 0; round < 5; round++) {
    const command = await one.start(['head', '-c', '3000000', '/dev/urandom'], { stdoutFile: file });
    t.match(await command.ended, { ended: 'exit', exitCode: 0, stdout: '' });
    t.equal(statSync(file).size, 3_000_000);
  }
  const command = await one.start(['printf', '\\377\\000\\n\\200'], { stdoutFile: file });
  await command.ended;
  t.same([...readFileSync(file)], [255, 0, 10, 128], 'byte for byte');
  await t.rejects(one.start(['echo', 'x'], { stdoutFile: join(t.testdir({}), 'no/such/folder') }), {
    name: 'EnvironmentError',
    message: /ENOENT/,
  });
});

// An ordinary user has such a folder only while logged in; root always.
const runFolder = process.getuid?.() === 0 ? '/run' : process.env['XDG_RUNTIME_DIR'];
if (runFolder?.startsWith('/run')) {
  t.test('a file under the machine’s /run, which the sandbox covers, is written all the same', async (t) => {
    const file = join(runFolder, `svclab-test-${process.pid}`);
    t.teardown(() => rmSync(file, { force: true }));
    await (await one.start(['echo', 'here'], { stdoutFile: file })).ended;
    t.equal(readFileSync(file, 'utf8'), 'here\n');
  });
}

t.test('start: it is asked, and answers', (t) => conversation(t, one));
