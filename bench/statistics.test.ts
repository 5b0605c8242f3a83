import fc from 'fast-check';
import t from 'tap';
import { paired, spread } from './statistics.js';

t.test('the median of an odd and of an even number of values', (t) => {
  t.same(spread([3, 1, 2]), { median: 2, min: 1, max: 3, n: 3 });
  t.same(spread([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4, n: 4 });
  t.same(spread([7]), { median: 7, min: 7, max: 7, n: 1 });
  t.end();
});

t.test('nothing has no median', (t) => {
  t.throws(() => spread([]), RangeError);
  t.end();
});

t.test('as many values lie below the median as above it, and the input is left alone', (t) => {
  const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), { minLength: 1 });
  fc.assert(
    fc.property(values, (list) => {
      const before = [...list];
      const { median, min, max, n } = spread(list);
      const below = list.filter((value) => value < median).length;
      const above = list.filter((value) => value > median).length;
      return (
        n === list.length &&
        below <= n / 2 &&
        above <= n / 2 &&
        min <= median &&
        median <= max &&
        list.every((value, i) => value === before[i])
      );
    }),
  );
  t.pass('held for every list tried');
  t.end();
});

t.test('two series meet round by round, and a round that lacks one of them does not count', (t) => {
  t.same(
    paired([10, undefined, 30, 40], [2, 4, undefined, 8], (of, to) => of / to),
    [5, 5],
  );
  t.same(
    paired([], [1], (of, to) => of - to),
    [],
  );
  t.end();
});
