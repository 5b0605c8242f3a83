import t from 'tap';
import { Registry } from './registry.js';

t.test('an explicit list', async (t) => {
  const registry = new Registry('probe', [
    { kind: 'capture', n: 1 },
    { kind: 'counters', n: 2 },
  ]);
  t.same(registry.kinds, ['capture', 'counters']);
  t.same(
    registry.all.map(({ n }) => n),
    [1, 2],
  );
  t.ok(registry.has('capture'));
  t.notOk(registry.has('toString'));
  t.equal(registry.get('counters').n, 2);
  t.throws(() => registry.get('captures'), {
    name: 'UsageError',
    message: "there is no probe 'captures'",
    hint: 'known: capture, counters',
  });
  t.throws(() => new Registry('probe', [{ kind: 'a' }, { kind: 'a' }]), { message: "two entries of the probe registry are named 'a'" });
});
