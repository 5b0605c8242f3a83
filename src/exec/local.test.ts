import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { localExecutor } from './local.js';
import { conversation } from './testing/conversation.js';

const local = localExecutor({ LC_ALL: 'C', GREETING: 'hello' });

t.test('run: every way to end is a value', async (t) => {
  t.match(await local.run(['sh', '-c', 'echo out; echo err >&2; exit 3']), {
    place: 'local',
    argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'],
    ended: 'exit',
    exitCode: 3,
    signal: null,
    stdout: 'out\n',
    stderr: 'err\n',
  });
  t.match(await local.run(['sh', '-c', 'kill -TERM $$']), { ended: 'signal', exitCode: null, signal: 'SIGTERM' });
  t.match(await local.run(['sleep', '100'], { timeoutMs: 50 }), { ended: 'timeout', exitCode: null });
  t.match(await local.run(['no-such-program-anywhere']), { ended: 'not-started', exitCode: null, signal: null, stderr: /ENOENT/ });
  t.match(await local.run(['sleep', '100'], { signal: AbortSignal.timeout(50) }), { ended: 'aborted' });
  t.match(await local.run(['true'], { signal: AbortSignal.abort() }), { ended: 'aborted' });
  t.match(await local.run(['true']), { ended: 'exit', exitCode: 0, stdout: '', stderr: '' });
  t.ok((await local.run(['sleep', '0.05'])).durationMs >= 50);
  await t.rejects(local.run([]), { name: 'EnvironmentError' });
});

t.test('run: input, environment, and arguments that no shell sees', async (t) => {
  t.equal((await local.run(['cat'], { input: 'a\n\tb' })).stdout, 'a\n\tb');
  t.equal((await local.run(['cat'])).stdout, '', 'no input is an empty one');
  t.match(await local.run(['true'], { input: 'x'.repeat(1_000_000) }), { ended: 'exit', exitCode: 0 });
  t.equal((await local.run(['sh', '-c', 'echo $GREETING'])).stdout, 'hello\n');
  t.equal((await local.run(['printf', '%s|', '$HOME', '; ls', '*', ''])).stdout, '$HOME|; ls|*||');
});

t.test('start: the sign of life', async (t) => {
  const command = await local.start(['sh', '-c', 'printf "get"; printf "rea" >&2; sleep 0.1; echo "dy now" >&2; exec sleep 100']);
  await command.waitForStderr(/ready now/);
  await command.waitForStderr(/ready/);
  const end = await command.stop('SIGTERM');
  t.match(end, { ended: 'signal', signal: 'SIGTERM', stderr: 'ready now\n' });
  t.same(await command.stop(), end, 'a second stop gives the same');
  t.same(await command.ended, end);

  await using silent = await local.start(['sleep', '100']);
  await t.rejects(silent.waitForStderr(/never/, { timeoutMs: 50 }), {
    name: 'EnvironmentError',
    message: "'sleep 100' gave no sign of life within 0.05 s; it said: nothing",
  });
  await t.rejects(silent.waitForStderr(/never/, { signal: AbortSignal.abort(new Error('enough')) }), { message: 'enough' });
  const aborting = new AbortController();
  const waiting = t.rejects(silent.waitForStderr(/never/, { signal: aborting.signal }), { message: 'stop it' });
  aborting.abort(new Error('stop it'));
  await waiting;

  const early = await local.start(['sh', '-c', 'echo "cannot" >&2; exit 4']);
  await t.rejects(early.waitForStderr(/ready/), { name: 'EnvironmentError', message: /ended before it was ready \(exit 4\): cannot/ });
  const missing = await local.start(['no-such-program-anywhere']);
  await t.rejects(missing.waitForStderr(/ready/), { message: /ended before it was ready \(not-started \)/ });
});

t.test('start: a signal ends it, and so does disposing of it', async (t) => {
  const aborting = new AbortController();
  const command = await local.start(['sleep', '100'], { signal: aborting.signal });
  aborting.abort();
  t.match(await command.ended, { ended: 'aborted' });
  let ended: Promise<unknown>;
  {
    await using disposed = await local.start(['sh', '-c', 'trap "" INT TERM; echo here >&2; while :; do sleep 0.05; done']);
    await disposed.waitForStderr(/here/);
    ({ ended } = disposed);
  }
  t.match(await ended, { ended: 'signal', signal: 'SIGKILL' });
});

t.test('start: the file is whole when the command has ended', async (t) => {
  const file = join(t.testdir({}), 'out.bin');
  for (let round = 0; round < 5; round++) {
    // Bytes that no text has, and more of them than a pipe holds.
    const command = await local.start(['head', '-c', '3000000', '/dev/urandom'], { stdoutFile: file });
    t.match(await command.ended, { ended: 'exit', exitCode: 0, stdout: '' });
    t.equal(readFileSync(file).length, 3_000_000);
  }
  const command = await local.start(['printf', '\\377\\000\\n\\200'], { stdoutFile: file });
  await command.ended;
  t.same([...readFileSync(file)], [255, 0, 10, 128], 'byte for byte');
  await t.rejects(local.start(['echo', 'x'], { stdoutFile: join(t.testdir({}), 'no/such/folder') }), {
    name: 'EnvironmentError',
    message: /cannot be written: ENOENT/,
  });
  const full = await local.start(['echo', 'x'], { stdoutFile: '/dev/full' });
  t.match(await full.ended, { ended: 'exit', exitCode: null, stderr: /ENOSPC/ }, 'a full disk is no success');
});

t.test('start: output as it comes, in whole characters', async (t) => {
  const pieces: string[] = [];
  const command = await local.start(['sh', '-c', "printf '\\355\\225'; sleep 0.2; printf '\\234 end'"], {
    onStdout: (text) => pieces.push(text),
  });
  t.match(await command.ended, { exitCode: 0, stdout: '한 end' });
  t.equal(pieces.join(''), '한 end');
  t.notOk(pieces.some((piece) => piece.includes('\ufffd')));
  const cut: string[] = [];
  await (await local.start(['printf', '\\355\\225'], { onStdout: (text) => cut.push(text) })).ended;
  t.equal(cut.join(''), '\ufffd', 'what comes half is not lost without a trace');
});

t.test('start: it is asked, and answers', (t) => conversation(t, local));
