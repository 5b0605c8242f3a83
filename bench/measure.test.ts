import t from 'tap';
import { figureNames, measure, series } from './measure.js';

const { signal } = new AbortController();

t.test('contestants take turns, and the first round is thrown away', async (t) => {
  const order: string[] = [];
  const contestant = (name: string, from: number) => {
    let next = from;
    const sample = async () => {
      order.push(name);
      return { [name]: next++ };
    };
    return { name, sample };
  };
  const shown: number[] = [];
  const { rounds } = await measure([contestant('a', 1), contestant('b', 10)], 2, { signal, onRound: (round) => shown.push(round) });
  t.same(order, ['a', 'b', 'a', 'b', 'a', 'b']);
  t.same(rounds, [
    { a: 2, b: 11 },
    { a: 3, b: 12 },
  ]);
  t.same(shown, [0, 1, 2]);
});

t.test('two contestants with one figure between them are a mistake', async (t) => {
  const twin = { name: 'twin', sample: async () => ({ same: 1 }) };
  await t.rejects(measure([twin, twin], 1, { signal }), { message: /two contestants give a figure named 'same'/ });
});

t.test('what is no number is never a figure', async (t) => {
  await t.rejects(measure([{ name: 'broken', sample: async () => ({ time: Number.NaN }) }], 1, { signal }), {
    message: /broken gave no number/,
  });
});

t.test('an abort ends it before the next sample', async (t) => {
  const controller = new AbortController();
  let samples = 0;
  const sample = async () => {
    samples++;
    controller.abort(new Error('stop'));
    return { a: 1 };
  };
  await t.rejects(measure([{ name: 'a', sample }], 5, { signal: controller.signal }), { message: 'stop' });
  t.equal(samples, 1);
});

t.test('a figure that only some rounds have', (t) => {
  const rounds = [{ a: 1 }, { b: 2, a: 3 }];
  t.same(figureNames(rounds), ['a', 'b']);
  t.same(series(rounds, 'b'), [undefined, 2]);
  t.end();
});
