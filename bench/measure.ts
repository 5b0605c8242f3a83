import type { Contestant, Figures } from './benchmark.js';

export interface Measured {
  /** One entry a round, with the figures of every contestant. */
  readonly rounds: readonly Figures[];
}

/**
 * Takes the contestants in turn, A B C A B C, so that what disturbs the machine disturbs all of them. A first round warms up files and kernel
 * modules and is thrown away. Nothing else of ours runs meanwhile.
 */
export async function measure(
  contestants: readonly Contestant[],
  rounds: number,
  options: { readonly signal: AbortSignal; readonly onRound?: (round: number) => void },
): Promise<Measured> {
  const taken: Figures[] = [];
  for (let round = 0; round <= rounds; round++) {
    const figures: Record<string, number> = {};
    for (const contestant of contestants) {
      options.signal.throwIfAborted();
      for (const [name, value] of Object.entries(await contestant.sample())) {
        if (Object.hasOwn(figures, name)) throw new Error(`two contestants give a figure named '${name}'`);
        if (!Number.isFinite(value)) throw new Error(`${contestant.name} gave no number for '${name}'`);
        figures[name] = value;
      }
    }
    if (round > 0) taken.push(figures);
    options.onRound?.(round);
  }
  return { rounds: taken };
}

/** The names of all figures, in the order in which they first came. */
export function figureNames(rounds: readonly Figures[]): readonly string[] {
  return [...new Set(rounds.flatMap((figures) => Object.keys(figures)))];
}

/** One figure over the rounds. */
export function series(rounds: readonly Figures[], name: string): readonly (number | undefined)[] {
  return rounds.map((figures) => figures[name]);
}
