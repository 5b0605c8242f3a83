import { logFactorial } from './log-factorial.js';

/** ln P(X = k) for X ~ Binomial(n, p), with 0 < p < 1. */
export function logMass(n: number, p: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p);
}

/**
 * The exact two-sided p-value: the sum of the probabilities of all outcomes that are no more probable than k (the method of minimum likelihood,
 * which R's binom.test uses too). No approximation, so it holds for small n and in far tails, where a chi-square does not.
 */
export function twoSidedP(n: number, p: number, k: number): number {
  const limit = logMass(n, p, k) + sameMass;
  let total = 0;
  for (let outcome = 0; outcome <= n; outcome += 1) {
    const mass = logMass(n, p, outcome);
    if (mass <= limit) total += Math.exp(mass);
  }
  return Math.min(1, total);
}

/** The outcomes that the test accepts: from `low` to `high`; below and above, the p-value is under alpha. */
export interface Acceptance {
  readonly low: number;
  readonly high: number;
}

/**
 * Masses fall from the mode to both ends, so p-values do too, and what is rejected are two tails. They are taken from the ends inward, the less
 * probable outcome first, as long as what has been taken stays under alpha.
 */
export function acceptance(n: number, p: number, alpha: number): Acceptance {
  let low = 0;
  let high = n;
  let total = 0;
  while (low <= high) {
    const left = logMass(n, p, low);
    const right = logMass(n, p, high);
    const takeLeft = left <= right + sameMass;
    const takeRight = low < high && right <= left + sameMass;
    total += (takeLeft ? Math.exp(left) : 0) + (takeRight ? Math.exp(right) : 0);
    if (total >= alpha) break;
    if (takeLeft) low += 1;
    if (takeRight) high -= 1;
  }
  return { low, high };
}

/** The probability that the test of `p` at `alpha` rejects when the truth is `q`: its power. */
export function power(n: number, p: number, alpha: number, q: number): number {
  const { low, high } = acceptance(n, p, alpha);
  if (q <= 0) return low > 0 ? 1 : 0;
  if (q >= 1) return high < n ? 1 : 0;
  return Math.min(1, massBetween(n, q, 0, low - 1) + massBetween(n, q, high + 1, n));
}

/** Two outcomes of one probability may differ in the last digits; R's binom.test allows the same. */
const sameMass = 1e-7;

function massBetween(n: number, p: number, from: number, to: number): number {
  let total = 0;
  for (let k = from; k <= to; k += 1) total += Math.exp(logMass(n, p, k));
  return total;
}
