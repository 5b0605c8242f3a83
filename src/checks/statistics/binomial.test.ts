import fc from 'fast-check';
import t from 'tap';
import { acceptance, logMass, power, twoSidedP } from './binomial.js';
import { logFactorial } from './log-factorial.js';

t.test('ln(n!) is that of the whole number, and Stirling agrees far out', async (t) => {
  let factorial = 1n;
  for (let n = 1; n <= 150; n += 1) {
    factorial *= BigInt(n);
    if (Math.abs(logFactorial(n) - Math.log(Number(factorial))) > 1e-11) t.fail(`ln(${n}!)`);
  }
  const n = 100_000;
  const stirling = n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n);
  t.ok(Math.abs(logFactorial(n) - stirling) < 1e-8);
  t.equal(logFactorial(0), 0);
});

t.test('the probabilities of all outcomes add up to 1, also for 100,000 connections', async (t) => {
  for (const n of [1, 300, 100_000]) {
    let total = 0;
    for (let k = 0; k <= n; k += 1) total += Math.exp(logMass(n, 1 / 3, k));
    t.ok(Math.abs(total - 1) < 1e-8, `${n}: ${total}`);
  }
});

t.test('the p-value is that of whole-number arithmetic', async (t) => {
  const binomials = (n: number) => {
    const row = [1n];
    for (let k = 1; k <= n; k += 1) row.push(((row[k - 1] ?? 0n) * BigInt(n - k + 1)) / BigInt(k));
    return row;
  };
  // Chances of 1 in m: outcome k weighs C(n,k) (m-1)^(n-k), out of m^n.
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 2, max: 8 }), fc.nat(), (n, m, seed) => {
      const k = seed % (n + 1);
      const weights = binomials(n).map((ways, i) => ways * BigInt(m - 1) ** BigInt(n - i));
      const own = weights[k] ?? 0n;
      const sum = weights.filter((weight) => weight <= own).reduce((a, b) => a + b, 0n);
      const exact = Number(sum) / Number(BigInt(m) ** BigInt(n));
      return Math.abs(twoSidedP(n, 1 / m, k) / exact - 1) < 1e-9;
    }),
  );
  t.equal(twoSidedP(0, 0.5, 0), 1, 'a rule that nothing reached');
});

t.test('what the acceptance region leaves out is what has a p-value under alpha', async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 80 }),
      fc.double({ min: 0.02, max: 0.98, noNaN: true }),
      fc.constantFrom(0.2, 0.05, 1e-3, 1e-6),
      (n, p, alpha) => {
        const { low, high } = acceptance(n, p, alpha);
        return Array.from({ length: n + 1 }, (_, k) => k).every((k) => twoSidedP(n, p, k) >= alpha === (k >= low && k <= high));
      },
    ),
  );
  t.same(acceptance(300, 1 / 3, 5e-7), { low: 61, high: 142 });
});

t.test('300 connections see a 50 % share with about 82 % power, a 40 % share hardly ever', async (t) => {
  const at = (share: number) => power(300, 1 / 3, 5e-7, share);
  t.ok(Math.abs(at(0.5) - 0.82) < 0.02, String(at(0.5)));
  t.ok(at(0.4) < 0.01, String(at(0.4)));
  t.ok(at(1 / 3) <= 5e-7, 'and a fair share is called unfair at most as often as allowed');
  t.equal(at(1), 1);
  t.equal(at(0), 1);
});

t.test('a band of +-10 % on 30 requests would cry wolf 83 % of the time: why there is none here', async (t) => {
  let inside = 0;
  for (let a = 9; a <= 11; a += 1) {
    for (let b = 9; b <= 11; b += 1) {
      const c = 30 - a - b;
      if (c >= 9 && c <= 11) inside += Math.exp(logFactorial(30) - logFactorial(a) - logFactorial(b) - logFactorial(c) - 30 * Math.log(3));
    }
  }
  t.equal(Math.round((1 - inside) * 100), 83);
});
