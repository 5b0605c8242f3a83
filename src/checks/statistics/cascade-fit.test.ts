import t from 'tap';
import { power } from './binomial.js';
import { cascadeFit } from './cascade-fit.js';
import { cascadePValues } from './cascade-p-values.js';
import { sharesOf, smallestDetectable } from './detectable.js';
import { minimumRequests } from './minimum-requests.js';
import { mulberry32 } from './testing/mulberry32.js';

const fair = (backends: number) => Array.from({ length: backends - 1 }, (_, i) => 1 / (backends - i));

/** As the kernel draws: rule after rule, until one matches. */
function draw(random: () => number, requests: number, probabilities: readonly number[]): number[] {
  const counts = new Array<number>(probabilities.length + 1).fill(0);
  for (let i = 0; i < requests; i += 1) {
    const rule = probabilities.findIndex((probability) => random() < probability);
    const backend = rule === -1 ? probabilities.length : rule;
    counts[backend] = (counts[backend] ?? 0) + 1;
  }
  return counts;
}

/** The cascade that gives these shares. */
function cascadeOf(shares: readonly number[]): number[] {
  return shares.slice(0, -1).map((share, i) => share / shares.slice(i).reduce((sum, s) => sum + s, 0));
}

function rejections(runs: number, requests: number, actual: readonly number[], probabilities: readonly number[], alpha: number): number {
  const random = mulberry32(2024);
  let rejected = 0;
  for (let run = 0; run < runs; run += 1) {
    const pValues = cascadePValues(draw(random, requests, actual), probabilities);
    if (pValues.some((pValue) => pValue < alpha / pValues.length)) rejected += 1;
  }
  return rejected / runs;
}

t.test('a fair cascade fits, and one backend with half of the answers does not', async (t) => {
  const fits = cascadeFit({ counts: [104, 91, 105], probabilities: fair(3), alpha: 1e-6 });
  t.equal(fits.fits, true);
  t.equal(fits.alphaPerStep, 5e-7);
  t.ok(fits.pValues.length === 2 && fits.pValues.every((p) => p > 0.1));
  const unfair = cascadeFit({ counts: [150, 75, 75], probabilities: fair(3), alpha: 1e-6 });
  t.equal(unfair.fits, false);
  t.ok((unfair.pValues[0] ?? 1) < 5e-7 && (unfair.pValues[1] ?? 0) > 0.9, 'and it is the first rule that is at fault');
});

t.test('a backend that never answers is seen; so is a rule that no connection ever passes', async (t) => {
  t.equal(cascadeFit({ counts: [150, 150, 0], probabilities: fair(3), alpha: 1e-6 }).fits, false);
  const stuck = cascadeFit({ counts: [300, 0, 0], probabilities: fair(3), alpha: 1e-6 });
  t.equal(stuck.fits, false);
  t.equal(stuck.pValues[1], 1, 'the rule that nothing reached is not blamed');
});

t.test('calibrated: a cascade that works is called broken no more often than alpha', async (t) => {
  for (const backends of [2, 3, 5]) {
    const rate = rejections(2000, 60, fair(backends), fair(backends), 0.05);
    // Three standard errors above 0.05. Exact tests stay below their alpha; a test that never fails would be far below.
    t.ok(rate <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / 2000), `${backends} backends: ${rate}`);
    t.ok(rate >= 0.01, `${backends} backends: ${rate}`);
  }
});

t.test('calibrated exactly: over all outcomes of 40 requests the false alarms stay within alpha', async (t) => {
  const thirds = (a: number, b: number) => {
    let ways = 1;
    for (let i = 0; i < a; i += 1) ways *= (40 - i) / (i + 1);
    for (let i = 0; i < b; i += 1) ways *= (40 - a - i) / (i + 1);
    return ways / 3 ** 40;
  };
  let falseAlarms = 0;
  for (let a = 0; a <= 40; a += 1) {
    for (let b = 0; a + b <= 40; b += 1) {
      if (!cascadeFit({ counts: [a, b, 40 - a - b], probabilities: fair(3), alpha: 0.05 }).fits) falseAlarms += thirds(a, b);
    }
  }
  t.ok(falseAlarms <= 0.05 && falseAlarms > 0.02, String(falseAlarms));
});

t.test('the smallest detectable deviation is detected, whichever backend has it', async (t) => {
  const requests = 300;
  const alpha = 0.01;
  const shares = sharesOf(fair(3));
  const more = smallestDetectable({ requests, probabilities: fair(3), alphaPerStep: alpha / 2 });
  for (const favoured of [0, 1, 2]) {
    const actual = shares.map((share, i) => (i === favoured ? share + more : (share * (1 - 1 / 3 - more)) / (2 / 3)));
    const rate = rejections(1000, requests, cascadeOf(actual), fair(3), alpha);
    t.ok(rate >= 0.98, `backend ${favoured} with ${more} more: ${rate}`);
  }
  const less = shares.map((share, i) => (i === 1 ? share + more / 2 : share - more / 4));
  t.ok(rejections(150, requests, cascadeOf(less), fair(3), alpha) < 0.8, 'half of it often is not');
});

t.test('a share of 50 % is detected as often as the power says', async (t) => {
  const rate = rejections(1000, 300, cascadeOf([0.5, 0.25, 0.25]), fair(3), 1e-6);
  t.ok(Math.abs(rate - power(300, 1 / 3, 5e-7, 0.5)) < 0.06, String(rate));
});

t.test('more requests detect smaller deviations', async (t) => {
  const detectable = [100, 300, 1000, 10_000].map((requests) =>
    smallestDetectable({ requests, probabilities: fair(3), alphaPerStep: 5e-7 }),
  );
  t.same(
    detectable,
    detectable.toSorted((a, b) => b - a),
  );
  t.ok((detectable[1] ?? 0) > 1 / 6, '300 do not yet show a 50 % share with 99 % power');
  t.ok((detectable[3] ?? 1) < 0.05);
});

t.test('so few requests that the test could not fail are refused, and the smallest number that can is named', async (t) => {
  for (const backends of [2, 3, 7]) {
    for (const alpha of [0.05, 1e-6]) {
      const probabilities = fair(backends);
      const minimum = minimumRequests(probabilities, alpha);
      const allTo = (favoured: number) => probabilities.concat(1).map((_, i) => (i === favoured ? minimum : 0));
      for (let favoured = 0; favoured < backends; favoured += 1) {
        if (cascadeFit({ counts: allTo(favoured), probabilities, alpha }).fits)
          t.fail(`${backends} backends: all ${minimum} to ${favoured}`);
      }
      const tooFew = [...new Array<number>(backends - 1).fill(0), minimum - 1];
      t.throws(() => cascadeFit({ counts: tooFew, probabilities, alpha }), { message: new RegExp(`${minimum} can`) });
    }
  }
  t.equal(minimumRequests(fair(3), 1e-6), 22);
});

t.test('input that makes no sense is refused', async (t) => {
  t.throws(() => cascadeFit({ counts: [300], probabilities: [], alpha: 1e-6 }), { message: /single backend/ });
  t.throws(() => cascadeFit({ counts: [300, 1], probabilities: fair(3), alpha: 1e-6 }), { message: /2 counts for 2 rules/ });
  t.throws(() => cascadeFit({ counts: [300, -1], probabilities: [0.5], alpha: 1e-6 }), { message: /whole numbers/ });
  t.throws(() => cascadeFit({ counts: [300, 1], probabilities: [1], alpha: 1e-6 }), { message: /not between 0 and 1/ });
  t.throws(() => cascadeFit({ counts: [300, 1], probabilities: [0.5], alpha: 0 }), { message: /alpha/ });
});

t.test('100,000 connections are judged in a moment', async (t) => {
  const before = performance.now();
  t.equal(cascadeFit({ counts: [33_400, 33_300, 33_300], probabilities: fair(3), alpha: 1e-6 }).fits, true);
  t.ok(performance.now() - before < 10_000);
});
