import fc from 'fast-check';
import t from 'tap';
import { mergePatch, reversePatch } from './merge-patch.js';

t.test('the examples of RFC 7386, appendix A', async (t) => {
  const cases: readonly (readonly [unknown, unknown, unknown])[] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of cases) {
    const before = JSON.stringify([target, patch]);
    t.strictSame(mergePatch(target, patch), result, before);
    t.equal(JSON.stringify([target, patch]), before, 'neither is changed');
  }
});

/** JSON without null, which a merge patch cannot say. */
const value = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.constantFrom('x', 'y', true), fc.array(fc.integer(), { maxLength: 2 }), tie('object')),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
}));
const patch = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.constant(null),
    fc.constantFrom('x', true),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));

t.test('reversePatch undoes', async (t) => {
  fc.assert(
    fc.property(value.object, patch.object, (target, change) => {
      t.strictSame(mergePatch(mergePatch(target, change), reversePatch(target, change)), target);
    }),
    { numRuns: 300 },
  );
  t.same(reversePatch({ metadata: { labels: { app: 'webpod' } } }, { metadata: { labels: { app: 'other', extra: 'x' } } }), {
    metadata: { labels: { app: 'webpod', extra: null } },
  });
});

t.test('a patch done twice is a patch done once', async () => {
  fc.assert(
    fc.property(
      value.object,
      patch.object,
      (target, change) => JSON.stringify(mergePatch(mergePatch(target, change), change)) === JSON.stringify(mergePatch(target, change)),
    ),
  );
});
