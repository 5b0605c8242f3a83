import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseLatency } from '../evidence/latency.js';
import { connectLatency } from './connect-latency.js';
import { ConnectTimer } from './connect-timer.js';
import { contextOf, fakeExecutor } from './testing/fakes.js';

const options = { to: ['10.96.0.1:9000', '10.96.0.2:9001'], rounds: 3, connections: 5 };

t.test('every round goes through all places, every other one backwards', async (t) => {
  const order: string[] = [];
  const folder = t.testdir({});
  const executor = (place: 'node/a' | 'node/b') =>
    fakeExecutor(place, {
      run: () => ({}),
      answer(argv, text) {
        order.push(`${place} ${argv.slice(1).join(' ')} ${text}`);
        return `${JSON.stringify([1, 2, 3, 4, order.length])}\n`;
      },
    });
  const [a, b] = [executor('node/a'), executor('node/b')];
  const active = await connectLatency.begin(contextOf(options, ['node/a', 'node/b'], (place) => (place === 'node/a' ? a : b), folder));
  t.same(order.splice(0), ['node/a 10.96.0.1 9000 5\n', 'node/b 10.96.0.2 9001 5\n'], 'each is tried before anything is measured');
  const { parts, soundness } = await active.end();
  t.same(
    order.map((line) => line.slice(0, 6)),
    ['node/a', 'node/b', 'node/b', 'node/a', 'node/a', 'node/b'],
  );
  t.same(soundness, { sound: true });
  const [part] = parts;
  const { series } = parseLatency(readFileSync(join(folder, part?.file ?? ''), 'utf8'));
  t.same(
    series.map(({ place, to, rounds }) => [place, to, rounds.map((round) => round.at(-1))]),
    [
      ['node/a', '10.96.0.1:9000', [1, 4, 5]],
      ['node/b', '10.96.0.2:9001', [2, 3, 6]],
    ],
  );
  t.same([a.ran.length, b.ran.length], [1, 1], 'the program is started once in each place');
  await active[Symbol.asyncDispose]();
  t.same([a.stopped, b.stopped], [['SIGKILL'], ['SIGKILL']]);
});

t.test('a connection that fails, or a program that says something else, is an error', async (t) => {
  for (const [said, message] of [
    [{ exitCode: 1, stderr: 'connect to 10.96.0.1:9000 failed: ECONNREFUSED' }, /ECONNREFUSED/],
    ['[1]\n', /something else than 5 times/],
    ['no JSON\n', /something else than 5 times/],
  ] as const) {
    const executor = fakeExecutor('node/a', { run: () => ({}), answer: () => said });
    const context = contextOf({ ...options, to: ['10.96.0.1:9000'] }, ['node/a'], () => executor, t.testdir({}));
    await t.rejects(connectLatency.begin(context), { name: 'EnvironmentError', message });
    t.same(executor.stopped, ['SIGKILL'], 'and it does not stay');
  }
});

t.test('connections that do not come about are waited for only so long', async (t) => {
  const executor = fakeExecutor('node/a', { run: () => ({}), stop: { ended: 'signal', exitCode: null, signal: 'SIGKILL' } });
  await using timer = await ConnectTimer.start(executor, '10.96.0.1:9000', new AbortController().signal, 20);
  await t.rejects(timer.turn(5), { name: 'EnvironmentError', message: /failed at node\/a \(timeout \): no connection within 0\.02 s/ });
});

t.test('as many targets as places', async (t) => {
  const executor = fakeExecutor('node/a', { run: () => ({}) });
  await t.rejects(connectLatency.begin(contextOf(options, ['node/a'], () => executor, t.testdir({}))), {
    message: /2 targets for 1 places/,
  });
});
