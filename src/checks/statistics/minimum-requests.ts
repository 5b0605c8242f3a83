import { twoSidedP } from './binomial.js';

/**
 * The smallest number of requests at which the test can fail for every fault of the plainest kind: all requests answered by one backend,
 * whichever it is. With fewer, some backend could take everything and the test would still pass: it would prove nothing.
 * @param probabilities of each rule of the cascade but the last.
 * @param alpha for the whole test; each rule has its even part of it.
 * @throws RangeError when there is no rule to test (one backend), or a number is not between 0 and 1.
 */
export function minimumRequests(probabilities: readonly number[], alpha: number): number {
  const inside = (value: number) => value > 0 && value < 1;
  if (probabilities.length === 0) throw new RangeError('a single backend leaves nothing to test');
  if (!probabilities.every(inside)) throw new RangeError('a probability of the cascade is not between 0 and 1');
  if (!inside(alpha)) throw new RangeError(`alpha ${alpha} is not between 0 and 1`);
  const alphaPerStep = alpha / probabilities.length;
  // Rule k is where it shows when backend k takes all; for the last backend it is the last rule, which then takes nothing.
  const extremes = probabilities.map((p) => ({ p, all: true })).concat({ p: probabilities.at(-1) ?? 0, all: false });
  return Math.max(...extremes.map(({ p, all }) => smallestRejected(p, all, alphaPerStep)));
}

function smallestRejected(p: number, all: boolean, alpha: number): number {
  // Its p-value is at least its own probability, so the search can begin where that falls under alpha.
  let n = Math.max(1, Math.floor(Math.log(alpha) / Math.log(all ? p : 1 - p)));
  while (twoSidedP(n, p, all ? n : 0) >= alpha) n += 1;
  return n;
}
