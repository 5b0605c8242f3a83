import { existsSync } from 'node:fs';
import { rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { makeBuiltToyCheckout, makeToyCheckout, type ToyCheckout } from './toy-checkout.js';

t.test('a fresh clone: installs, builds, hands over; the second time it only hands over', async (t) => {
  const checkout = await makeToyCheckout(t);
  const first = await checkout.start(['svclab', 'list', '--json', 'a b']);
  t.equal(first.exitCode, 7, 'the exit code is the program’s');
  t.equal(first.stdout, '["list","--json","a b"]', 'stdout is the program’s alone');
  t.match(first.stderr, /node_modules is missing: running npm ci/);
  t.match(first.stderr, /the program is not built, or not to the end: building/);
  const second = await checkout.start(['svclab', 'run']);
  t.strictSame([second.exitCode, second.stdout, second.stderr], [7, '["run"]', '']);
  t.equal(await checkout.installs(), 1);
});

t.test('node_modules is judged by content, not by time', async (t) => {
  const checkout = await makeBuiltToyCheckout(t);
  await utimes(join(checkout.path, 'package-lock.json'), new Date(), new Date());
  await checkout.start(['svclab']);
  t.equal(await checkout.installs(), 1, 'a newer lockfile of the same content');
  await rm(join(checkout.path, 'node_modules/.svclab-stamp'));
  await checkout.start(['svclab']);
  t.equal(await checkout.installs(), 1, 'an npm ci typed by hand is taken as it is');
  await checkout.write('package-lock.json', (await checkout.read('package-lock.json')).replace('sha512-a', 'sha512-other'));
  t.match((await checkout.start(['svclab'])).stderr, /node_modules is not what package-lock.json says/);
  t.equal(await checkout.installs(), 2, 'another lockfile');
  await rm(join(checkout.path, 'node_modules/.package-lock.json'));
  t.match((await checkout.start(['svclab'])).stderr, /the last npm ci did not finish/);
  t.equal(await checkout.installs(), 3, 'an install that was cut short');
});

t.test('a failing npm ci: its words, what to do, exit 4, and nothing that looks complete', async (t) => {
  const checkout = await makeToyCheckout(t);
  const faults = { ENOSPC: /disk is full/, EAI_AGAIN: /registry was not reached/, 'EUSAGE lock': /Mend what npm names/ };
  for (const [words, advice] of Object.entries(faults)) {
    const { exitCode, stderr, stdout } = await checkout.start(['svclab'], { FAKE_NPM: `fail:${words}` });
    t.equal(exitCode, 4);
    t.equal(stdout, '');
    t.match(stderr, `npm error ${words}`);
    t.match(stderr, advice);
    t.notMatch(stderr, /\n\s+at .*\.mjs/, 'no stack trace');
  }
  t.equal((await checkout.start(['svclab'])).exitCode, 7, 'the next one succeeds');
});

t.test('two at once: one works, the other waits, both succeed', async (t) => {
  const checkout = await makeToyCheckout(t);
  const runs = await Promise.all([1, 2].map((n) => checkout.start(['svclab', String(n)], { FAKE_NPM: 'slow' })));
  t.strictSame(
    runs.map(({ exitCode, stdout }) => [exitCode, stdout]),
    [
      [7, '["1"]'],
      [7, '["2"]'],
    ],
  );
  t.equal(runs.filter(({ stderr }) => /waiting: process \d+ is setting up/.test(stderr)).length, 1);
  t.equal(await checkout.installs(), 1);
  t.notOk(existsSync(join(checkout.path, 'build/.lock')));
});

t.test('the lock of a process that is gone does not count, nor that of another with its number', async (t) => {
  const checkout = await makeToyCheckout(t);
  await checkout.write('build/.lock/owners', `4194304 1\n${process.pid} 1`);
  const { exitCode, stderr } = await checkout.start(['svclab']);
  t.equal(exitCode, 7);
  t.notMatch(stderr, 'waiting');
});

t.test('killed in the middle of npm ci: the next waits for that npm, then starts over', async (t) => {
  const checkout = await makeToyCheckout(t);
  const first = checkout.start(['svclab'], { FAKE_NPM: 'slow' });
  await installing(checkout);
  first.kill('SIGKILL');
  const second = await checkout.start(['svclab']);
  t.match(second.stderr, 'waiting: process');
  t.equal(second.exitCode, 7);
  await first;
});

t.test('SIGTERM in the middle of npm ci ends npm too, and leaves nothing that looks complete', async (t) => {
  const checkout = await makeToyCheckout(t);
  const first = checkout.start(['svclab'], { FAKE_NPM: 'slow' });
  await installing(checkout);
  first.kill('SIGTERM');
  const { exitCode, stderr } = await first;
  t.equal(exitCode, 143);
  t.match(stderr, 'stopped by SIGTERM');
  t.notOk(existsSync(join(checkout.path, 'node_modules/.package-lock.json')));
  const second = await checkout.start(['svclab']);
  t.match(second.stderr, 'did not finish');
  t.equal(second.exitCode, 7);
});

t.test('wrong usage, and a Node that is too old', async (t) => {
  const checkout = await makeToyCheckout(t);
  for (const args of [[], ['lab'], ['constructor']]) {
    const { exitCode, stderr } = await checkout.start(args);
    t.equal(exitCode, 2);
    t.match(stderr, 'usage:');
  }
  await checkout.write('package.json', JSON.stringify({ engines: { node: '>=99.1' } }));
  const { exitCode, stderr } = await checkout.start(['svclab']);
  t.equal(exitCode, 3);
  t.match(stderr, `needs Node 99.1 or newer; this is ${process.versions.node}`);
});

t.test('a build that is no folder', async (t) => {
  const checkout = await makeToyCheckout(t);
  await checkout.write('build', '');
  const { exitCode, stderr } = await checkout.start(['svclab']);
  t.equal(exitCode, 4);
  t.match(stderr, 'could not lock the checkout');
  t.notMatch(stderr, /\n\s+at .*\.mjs/, 'no stack trace');
});

t.test('the operating system’s tools are asked for by what needs them, and by nothing else', async (t) => {
  const checkout = await makeBuiltToyCheckout(t);
  await rm(join(checkout.path, 'bin/svclab-toy-tool'));
  for (const args of [['list'], ['validate', 'run'], ['doctor'], ['--help'], ['run', '--help'], ['rejudge', 'x'], []]) {
    t.equal((await checkout.start(['svclab', ...args], { SVCLAB_NO_INSTALL: '1' })).exitCode, 7, args.join(' '));
  }
  for (const args of [['svclab', 'run', 'x'], ['svclab', '--json', 'run'], ['test']]) {
    const { exitCode, stdout, stderr } = await checkout.start(args, { SVCLAB_NO_INSTALL: '1' });
    t.equal(exitCode, 3, args.join(' '));
    t.equal(stdout, '');
    t.match(stderr, 'svclab-toy-tool: plays (package toytool)');
    t.match(stderr, /\n {2}sudo bash .*init_cfg\.sh --only tools\n/);
  }
});

async function installing(checkout: ToyCheckout): Promise<void> {
  for (let tries = 0; tries < 200 && !existsSync(join(checkout.path, 'node_modules')); tries += 1) await sleep(20);
  await sleep(100);
}
