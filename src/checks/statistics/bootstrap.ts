/** What one series was measured in: its rounds, each with the values taken in it. */
export type Rounds = readonly (readonly number[])[];

export interface Interval {
  /** Of the values as they were taken. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Resampling {
  /** 0 to 1: how sure the interval is. */
  readonly confidence: number;
  readonly resamples: number;
  /** The same seed gives the same interval: a stored run is judged as it was. */
  readonly seed: number;
}

export const usualResampling: Resampling = { confidence: 0.99, resamples: 1_000, seed: 20_241_122 };

/**
 * Percentile bootstrap intervals (Efron and Tibshirani, An Introduction to the Bootstrap, chapters 8 and 13) of statistics of several series' medians. Values of one
 * round were taken close together, and what slowed the machine down then slowed all of them down. So whole rounds are drawn, the same for every series, and within
 * each the values.
 * @param statistics get the median of each series; there is one interval for each statistic.
 * @throws RangeError where a round is empty, or the series have not equally many rounds: nothing could be drawn.
 */
export function medianIntervals(
  series: readonly Rounds[],
  statistics: readonly ((medians: readonly number[]) => number)[],
  { confidence, resamples, seed }: Resampling = usualResampling,
): readonly Interval[] {
  const rounds = series[0]?.length ?? 0;
  if (rounds === 0 || series.some((one) => one.length !== rounds || one.some((round) => round.length === 0))) {
    throw new RangeError('every series needs the same number of rounds, and every round a value');
  }
  const random = generator(seed);
  const draws: number[][] = statistics.map(() => []);
  for (let i = 0; i < resamples; i++) {
    const chosen = Array.from({ length: rounds }, () => Math.floor(random() * rounds));
    const medians = series.map((one) => median(chosen.flatMap((round) => redrawn(one[round] ?? [], random))));
    for (const [k, statistic] of statistics.entries()) draws[k]?.push(statistic(medians));
  }
  const medians = series.map((one) => median(one.flat()));
  const tail = (1 - confidence) / 2;
  return statistics.map((statistic, k) => {
    const sorted = Float64Array.from(draws[k] ?? []).sort();
    return { value: statistic(medians), low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
  });
}

export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

/** How fast y grows with x: the least-squares line's slope. @throws RangeError where all x are the same. */
export function slope(xs: readonly number[], ys: readonly number[]): number {
  const n = xs.length;
  const meanX = xs.reduce((sum, x) => sum + x, 0) / n;
  const meanY = ys.reduce((sum, y) => sum + y, 0) / n;
  const spread = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) throw new RangeError('a slope needs two different x');
  return xs.reduce((sum, x, i) => sum + (x - meanX) * ((ys[i] ?? 0) - meanY), 0) / spread;
}

function redrawn(values: readonly number[], random: () => number): readonly number[] {
  return values.map(() => values[Math.floor(random() * values.length)] ?? 0);
}

/** Between the two values that it falls between, in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return below + (above - below) * (at - Math.floor(at));
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
