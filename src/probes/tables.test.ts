import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { conntrack } from './conntrack.js';
import { counters } from './counters.js';
import { probes } from './registry.js';
import { contextOf, fakeExecutor } from './testing/fakes.js';

t.test('tables are read before and after, at every place', async (t) => {
  for (const [probe, commands] of [
    [conntrack, [['conntrack', '-L', '-o', 'xml,id']]],
    [
      counters,
      [
        ['iptables-save', '-c'],
        ['nft', '-j', '-a', 'list', 'ruleset'],
      ],
    ],
  ] as const) {
    let reading = 'first';
    const folder = t.testdir({});
    const say = (argv: readonly string[]) => ({ stdout: `${reading} ${argv[0]}` });
    const [a, b] = [fakeExecutor('node/a', { run: say }), fakeExecutor('node/b', { run: say })];
    const active = await probe.begin(contextOf({}, ['node/a', 'node/b'], (place) => (place === 'node/a' ? a : b), folder));
    for (const executor of [a, b]) t.same(executor.ran, commands);
    reading = 'second';
    const { parts, soundness } = await active.end();
    t.same(soundness, { sound: true });
    t.equal(parts.length, 4 * commands.length);
    t.equal(new Set(parts.map(({ file }) => file)).size, parts.length, 'each in a file of its own');
    for (const { file, role } of parts) t.match(readFileSync(join(folder, file), 'utf8'), role === 'before' ? /^first / : /^second /);
    t.equal(parts.filter(({ place }) => place === 'node/a').length, 2 * commands.length);
    await active[Symbol.asyncDispose]();
  }
});

t.test('a table that cannot be read is an error', async (t) => {
  const executor = fakeExecutor('node/a', { run: () => ({ exitCode: 1, stderr: 'Operation not permitted' }) });
  for (const probe of [conntrack, counters]) {
    await t.rejects(probe.begin(contextOf({}, ['node/a'], () => executor, t.testdir({}))), {
      name: 'EnvironmentError',
      message: /failed at node\/a \(exit 1\): Operation not permitted$/,
    });
  }
});

t.test('a lab can name every probe', async (t) => {
  t.same(probes.kinds, ['capture', 'conntrack', 'counters', 'recent']);
});
