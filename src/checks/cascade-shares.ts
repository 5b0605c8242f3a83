import type { CascadeRule } from './cascade.js';

/** An endpoint's share of new connections, 0 to 1. */
export interface Share {
  readonly destination: string;
  readonly share: number;
}

/**
 * What the rules give each endpoint, in the order in which they first name it. An endpoint that several rules name has their shares together.
 * @returns undefined where a rule's endpoint is not known, or connections can come to the end of the chain: then the shares say nothing.
 */
export function sharesOfCascade(rules: readonly CascadeRule[]): readonly Share[] | undefined {
  const shares = new Map<string, number>();
  let left = 1;
  for (const { destination, probability } of rules) {
    if (destination === undefined) return undefined;
    shares.set(destination, (shares.get(destination) ?? 0) + left * probability);
    left *= 1 - probability;
  }
  return left === 0 ? [...shares].map(([destination, share]) => ({ destination, share })) : undefined;
}

/** The chance of each endpoint but the last to get a connection that none before it got: the rules of a cascade with these shares. */
export function stepsOf(shares: readonly Share[]): readonly number[] {
  let left = 1;
  return shares.slice(0, -1).map(({ share }) => {
    const step = share / left;
    left -= share;
    return step;
  });
}
