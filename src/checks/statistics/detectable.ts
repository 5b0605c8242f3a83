import { power } from './binomial.js';

export interface DetectableInput {
  readonly requests: number;
  /** Of each rule of the cascade but the last. */
  readonly probabilities: readonly number[];
  readonly alphaPerStep: number;
}

/** How sure the test must be to show a deviation that is called detectable. */
const wantedPower = 0.99;

/**
 * The smallest d such that a backend with d more than its own share would have been shown with 99 % power, whichever backend it is (the
 * others keep their proportions to each other). Of the rules, only that backend's own is counted on, and the connections that reach it are
 * taken at their expected number: the first makes d too large by a hair, the second moves it by less than a hundredth of itself.
 */
export function smallestDetectable(input: DetectableInput): number {
  const shares = sharesOf(input.probabilities);
  return Math.max(...shares.map((_, backend) => detectableAt(backend, shares, input)));
}

/** 0 to 1 for each backend: what a cascade with these probabilities gives it. */
export function sharesOf(probabilities: readonly number[]): readonly number[] {
  let left = 1;
  return [...probabilities, 1].map((probability) => {
    const share = left * probability;
    left -= share;
    return share;
  });
}

function detectableAt(backend: number, shares: readonly number[], input: DetectableInput): number {
  const own = shares[backend] ?? 0;
  let tooSmall = 0;
  let enough = 1 - own;
  while (enough - tooSmall > 1e-4) {
    const middle = (tooSmall + enough) / 2;
    if (powerAgainst(backend, middle, shares, input) >= wantedPower) enough = middle;
    else tooSmall = middle;
  }
  return enough;
}

/** The power at the backend's own rule, when its share is `more` above what it should be. */
function powerAgainst(
  backend: number,
  more: number,
  shares: readonly number[],
  { requests, probabilities, alphaPerStep }: DetectableInput,
): number {
  const own = shares[backend] ?? 0;
  const rest = (1 - own - more) / (1 - own);
  const actual = shares.map((share, i) => (i === backend ? own + more : share * rest));
  // The last backend has no rule of its own: it shows at the rule before, which then takes too little.
  const rule = Math.min(backend, probabilities.length - 1);
  const reaching = 1 - actual.slice(0, rule).reduce((sum, share) => sum + share, 0);
  const reached = Math.floor(requests * reaching + 1e-9);
  return power(reached, probabilities[rule] ?? 0, alphaPerStep, (actual[rule] ?? 0) / reaching);
}
