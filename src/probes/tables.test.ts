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
    [counters, [['iptables-save', '-c'], ['nft', '-j', '-a', 'list', 'ruleset']]],
  ] as const) {
    let reading = 'first';
    const folder = t.testdir({});
    const executors = new Map((['node/a', 'node/b'] as const).map((place) => [place, fakeExecutor(place, { run: (argv) => ({ stdout: `${reading} ${argv[0]} of ${place}` }) })]));
    const active = await probe.begin(contextOf({}, ['node/a', 'node/b'], (place) => executors.get(place === 'node/a' ? place : 'node/b') ?? t.fail('two places'), folder));
    for (const executor of executors.values()) t.same(executor.ran, commands);
    reading = 'second';
    const { parts, soundness } = await active.end();
    t.same(soundness, { sound: true });
    t.equal(parts.length, 4 * commands.length);
    t.equal(new Set(parts.map(({ file }) => file)).size, parts.length, 'each in a file of its own');
    for (const { file, place, role } of parts) {
      t.match(readFileSync(join(folder, file), 'utf8'), new RegExp(`^${role === 'before' ? 'first' : 'second'} .* of ${place}$`));
    }
    await active[Symbol.asyncDispose]();
  }
});

t.test('a table that cannot be read is an error', async (t) => {
  const executor = fakeExecutor('node/a', { run: () => ({ exitCode: 1, stderr: 'Operation not permitted' }) });
  for (const probe of [conntrack, counters]) {
    await t.rejects(probe.begin(contextOf({}, ['node/a'], () => executor, t.testdir({}))), { name: 'EnvironmentError', message: /failed at node\/a \(exit 1\): Operation not permitted$/ });
  }
});

t.test('a lab can name every probe', async (t) => {
  t.same(probes.kinds, ['capture', 'conntrack', 'counters']);
});
