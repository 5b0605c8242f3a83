export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly n: number;
}

/** @throws RangeError for no values: a median of nothing would be a figure out of thin air. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const min = sorted[0];
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new RangeError('no values to summarize');
  const upper = sorted[sorted.length >> 1] ?? max;
  const lower = sorted[(sorted.length - 1) >> 1] ?? min;
  return { median: (lower + upper) / 2, min, max, n: sorted.length };
}

/**
 * Combines two series round by round: what slowed the machine down in one round slowed both down, and cancels out. Rounds where either has
 * no value do not count.
 */
export function paired(
  of: readonly (number | undefined)[],
  to: readonly (number | undefined)[],
  combine: (of: number, to: number) => number,
): readonly number[] {
  return of.flatMap((value, round) => {
    const other = to[round];
    return value === undefined || other === undefined ? [] : [combine(value, other)];
  });
}
