import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { EnvironmentError } from '../core/errors.js';
import { capture } from './capture.js';
import { contextOf, type FakeOptions, fakeExecutor } from './testing/fakes.js';

const said = (dropped: number, byInterface?: number): string =>
  `3 packets captured\n4 packets received by filter\n${dropped} packets dropped by kernel\n${byInterface === undefined ? '' : `${byInterface} packets dropped by interface\n`}`;

/** A tcpdump whose file gets the sentinel when it is sent, after some packets. */
function fakeTcpdump(stderr: string, changes: Partial<FakeOptions> = {}) {
  let file = '';
  return fakeExecutor('node/w1', {
    run(argv) {
      if (argv[0] === 'bash') appendFileSync(file, `a packet: ${argv.at(-1)}`);
      return { stdout: '[]' };
    },
    onStart(_argv, stdoutFile) {
      file = stdoutFile;
      writeFileSync(file, 'header and packets');
    },
    stop: { stderr },
    ...changes,
  });
}

t.test('the sentinel is seen before tcpdump is stopped, and nothing was dropped: sound', async (t) => {
  const executor = fakeTcpdump(said(0));
  const active = await capture.begin(contextOf({ filter: 'port 80' }, ['node/w1'], () => executor, t.testdir({})));
  t.same(executor.stopped, []);
  t.same(await active.end(), {
    parts: [
      { place: 'node/w1', role: 'capture', format: 'pcap', file: 'captures/capture-w1.pcap' },
      { place: 'node/w1', role: 'links', format: 'links-json', file: 'captures/links-w1.json' },
    ],
    soundness: { sound: true },
  });
  t.same(executor.stopped, ['SIGINT']);
  const [tcpdump] = executor.ran.filter(([program]) => program === 'tcpdump');
  t.match(tcpdump?.at(-1), '(port 80) or (udp dst port 9 and dst host 127.0.0.1)');
  t.ok(tcpdump?.includes('--immediate-mode'));
  await active[Symbol.asyncDispose]();
});

t.test('the sentinel lies behind more than was read at once', async (t) => {
  let file = '';
  const executor = fakeTcpdump(said(0), {
    onStart(_argv, stdoutFile) {
      file = stdoutFile;
      writeFileSync(file, Buffer.alloc(300_000));
    },
    run(argv) {
      if (argv[0] === 'bash')
        setTimeout(() => appendFileSync(file, Buffer.concat([Buffer.alloc(50_000), Buffer.from(argv.at(-1) ?? '')])), 20);
      return { stdout: '[]' };
    },
  });
  const active = await capture.begin(contextOf({ filter: 'tcp' }, ['node/w1'], () => executor, t.testdir({})));
  t.match(await active.end(), { soundness: { sound: true } });
});

t.test('drops, or silence about them, make it unsound', async (t) => {
  const soundness = async (stderr: string) => {
    const executor = fakeTcpdump(stderr);
    return (await (await capture.begin(contextOf({ filter: 'tcp' }, ['node/w1'], () => executor, t.testdir({})))).end()).soundness;
  };
  t.match(await soundness(said(2)), { sound: false, why: { en: 'tcpdump at node/w1 dropped 2 packets', ko: /2/ } });
  t.match(await soundness(said(0, 3)), { sound: false, why: { en: 'tcpdump at node/w1 dropped 3 packets' } });
  t.match(await soundness(said(1, 3)), { why: { en: 'tcpdump at node/w1 dropped 4 packets' } });
  t.match(await soundness('Segmentation fault'), {
    sound: false,
    why: { en: 'tcpdump at node/w1 did not say how many packets it dropped: Segmentation fault' },
  });
});

t.test('one place of several that dropped is enough', async (t) => {
  const good = fakeTcpdump(said(0));
  const bad = fakeTcpdump(said(1));
  const active = await capture.begin(
    contextOf({ filter: 'tcp' }, ['node/w1', 'node/w2'], (place) => (place === 'node/w1' ? good : bad), t.testdir({})),
  );
  const { parts, soundness } = await active.end();
  t.equal(parts.length, 4);
  t.notOk(soundness.sound);
});

t.test('a capture that cannot begin leaves none running', async (t) => {
  const gone = new EnvironmentError("'tcpdump' ended before it was ready (exit 1): you don't have permission");
  const fine = fakeTcpdump(said(0));
  const failing = fakeTcpdump('', { waitForStderr: () => Promise.reject(gone) });
  const context = contextOf({ filter: 'tcp' }, ['node/w1', 'node/w2'], (place) => (place === 'node/w1' ? fine : failing), t.testdir({}));
  await t.rejects(capture.begin(context), gone);
  t.same(fine.stopped, ['SIGKILL']);
  t.same(failing.stopped, ['SIGKILL']);

  const links = fakeTcpdump(said(0), { run: () => ({ exitCode: 1, stderr: 'no such link' }) });
  await t.rejects(capture.begin(contextOf({ filter: 'tcp' }, ['node/w1'], () => links, t.testdir({}))), {
    name: 'EnvironmentError',
    message: "'ip -j link' failed at node/w1 (exit 1): no such link",
  });
  t.same(links.stopped, ['SIGKILL']);
});

t.test('a sentinel that cannot be sent, or is never seen', async (t) => {
  const unsent = fakeTcpdump(said(0), {
    run: (argv) => (argv[0] === 'bash' ? { exitCode: 1, stderr: 'Network is unreachable' } : { stdout: '[]' }),
  });
  const active = await capture.begin(contextOf({ filter: 'tcp' }, ['node/w1'], () => unsent, t.testdir({})));
  await t.rejects(active.end(), { name: 'EnvironmentError', message: /failed at node\/w1 \(exit 1\): Network is unreachable/ });
  await active[Symbol.asyncDispose]();
  t.same(unsent.stopped, ['SIGKILL']);

  const aborting = new AbortController();
  const unseen = fakeTcpdump(said(0), { run: () => ({ stdout: '[]' }) });
  const waiting = await capture.begin(contextOf({ filter: 'tcp' }, ['node/w1'], () => unseen, t.testdir({}), aborting.signal));
  const refusal = t.rejects(waiting.end(), { message: 'interrupted' });
  aborting.abort(new Error('interrupted'));
  await refusal;
});

t.test('a tcpdump that dies is not waited for', async (t) => {
  const folder = t.testdir({});
  for (const stderr of ['tcpdump: pcap_loop: The interface disappeared', said(0)]) {
    const died = fakeTcpdump(stderr, { run: () => ({ stdout: '[]' }), dies: true, stop: { exitCode: 1, stderr } });
    const active = await capture.begin(contextOf({ filter: 'tcp' }, ['node/w1'], () => died, join(folder, 'run')));
    const begun = performance.now();
    const { soundness } = await active.end();
    t.match(soundness, { sound: false, why: { en: `tcpdump at node/w1 ended too early: ${stderr.trim()}` } });
    t.ok(performance.now() - begun < 5_000);
  }
});

t.test('options', async (t) => {
  t.ok(capture.optionsSchema.safeParse({ filter: 'tcp' }).success);
  t.notOk(capture.optionsSchema.safeParse({ filter: '' }).success);
  t.notOk(capture.optionsSchema.safeParse({ filter: 'tcp', more: 1 }).success);
});
