import { twoSidedP } from './binomial.js';

/**
 * One exact p-value for each rule of a cascade but the last. Rule k saw exactly the connections that no rule before it took; given that
 * number, what it took is binomial. A rule that nothing reached has p = 1.
 */
export function cascadePValues(counts: readonly number[], probabilities: readonly number[]): readonly number[] {
  let left = counts.reduce((sum, count) => sum + count, 0);
  return probabilities.map((probability, rule) => {
    const count = counts[rule] ?? 0;
    const pValue = twoSidedP(left, probability, count);
    left -= count;
    return pValue;
  });
}
