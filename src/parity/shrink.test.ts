import fc from 'fast-check';
import t from 'tap';
import { shrink } from './shrink.js';

t.test('one that fails by itself is found among many, in few attempts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.nat(), async (count, at) => {
      const items = Array.from({ length: count }, (_, i) => i);
      const bad = at % count;
      let asked = 0;
      const few = await shrink(items, async (some) => {
        asked += 1;
        return some.includes(bad);
      });
      return few.length === 1 && few[0] === bad && asked <= 2 * Math.ceil(Math.log2(count));
    }),
  );
});

t.test('two that fail only together stay together', async (t) => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8];
  t.same(await shrink(items, async (some) => some.includes(1) && some.includes(4)), [1, 2, 3, 4]);
  t.same(await shrink(items, async () => false), items);
});
