import t from 'tap';
import { median, medianIntervals, slope, usualResampling } from './bootstrap.js';
import { mulberry32 } from './testing/mulberry32.js';

/** Numbers from 0 up to 1 for the tests' own data (Lehmer, minimal standard). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Values around a middle, every round shifted as a whole by up to `drift`. */
function series(middle: number, shifts: readonly number[], random: () => number) {
  return shifts.map((shift) => Array.from({ length: 20 }, () => middle + shift + random() * 10 - 5));
}

t.test('median and slope', async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 2, 3]), 2.5);
  t.equal(slope([0, 1, 2], [5, 7, 9]), 2);
  t.equal(slope([10, 20], [4, 4]), 0);
  t.throws(() => slope([1, 1], [1, 2]), RangeError);
});

t.test('an interval holds the true value nearly as often as it says, and is the same for the same seed', async (t) => {
  const random = numbers(7);
  let held = 0;
  const times = 100;
  for (let i = 0; i < times; i++) {
    const [interval] = medianIntervals([series(50, Array(10).fill(0), random)], [([one = 0]) => one], {
      confidence: 0.9,
      resamples: 200,
      seed: i,
    });
    if (interval !== undefined && interval.low <= 50 && interval.high >= 50) held++;
  }
  t.ok(held >= 80, `${held} of ${times}`);
  const data = [series(50, [0, 1, 2], numbers(1))];
  const once = () => medianIntervals(data, [([one = 0]) => one]);
  t.same(once(), once());
});

t.test('what is drawn has the median that sorting each draw would give', async (t) => {
  const random = numbers(11);
  for (let seed = 1; seed <= 40; seed++) {
    // Rounds of different lengths, odd and even in number, and values that come more than once.
    const rounds = Array.from({ length: 1 + Math.floor(random() * 6) }, () =>
      Array.from({ length: 1 + Math.floor(random() * 7) }, () => Math.floor(random() * 9) / 3),
    );
    const draw = mulberry32(seed);
    const chosen = rounds.map(() => rounds[Math.floor(draw() * rounds.length)] ?? []);
    const drawn = chosen.flatMap((values) => values.map(() => values[Math.floor(draw() * values.length)] ?? Number.NaN));
    const [interval] = medianIntervals([rounds], [([one = 0]) => one], { confidence: 0.9, resamples: 1, seed });
    t.same(interval, { value: median(rounds.flat()), low: median(drawn), high: median(drawn) }, JSON.stringify(rounds));
  }
});

t.test('a drift that all series share cancels out in their ratio', async (t) => {
  const random = numbers(3);
  const shifts = Array.from({ length: 12 }, (_, i) => i * 8);
  const both = [
    series(100, shifts, random),
    series(
      200,
      shifts.map((shift) => shift * 2),
      random,
    ),
  ];
  const [ratio, first] = medianIntervals(both, [([a = 0, b = 0]) => b / a, ([a = 0]) => a], usualResampling);
  t.ok(ratio !== undefined && ratio.low > 1.9 && ratio.high < 2.1, JSON.stringify(ratio));
  t.ok(first !== undefined && first.high - first.low > 20, 'while each by itself is uncertain');
});

t.test('nothing to draw from', async (t) => {
  t.throws(() => medianIntervals([], []), RangeError);
  t.throws(() => medianIntervals([[[1], []]], [() => 0]), RangeError);
  t.throws(() => medianIntervals([[[1]], [[1], [2]]], [() => 0]), RangeError);
});
