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
  const ranked = series.map((one) => new RankedRounds(one));
  const draws: number[][] = statistics.map(() => []);
  for (let i = 0; i < resamples; i++) {
    const chosen = Array.from({ length: rounds }, () => Math.floor(random() * rounds));
    const medians = ranked.map((one) => one.redrawnMedian(chosen, random));
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

/** A series whose values are sorted once: what is drawn from it is counted by rank, and no draw is sorted by itself. */
class RankedRounds {
  readonly #sorted: Float64Array;
  readonly #ranks: readonly Uint32Array[];
  readonly #counts: Uint32Array;

  constructor(rounds: Rounds) {
    const places = rounds.flatMap((values, round) => values.map((value, at) => ({ value, round, at }))).sort((a, b) => a.value - b.value);
    this.#sorted = Float64Array.from(places, ({ value }) => value);
    this.#ranks = rounds.map((values) => new Uint32Array(values.length));
    this.#counts = new Uint32Array(places.length);
    for (const [rank, { round, at }] of places.entries()) (this.#ranks[round] ?? [])[at] = rank;
  }

  /** The median of as many values of each chosen round as it has, drawn from it. */
  redrawnMedian(chosen: readonly number[], random: () => number): number {
    const counts = this.#counts.fill(0);
    let drawn = 0;
    for (const round of chosen) {
      const ranks = this.#ranks[round] ?? new Uint32Array();
      drawn += ranks.length;
      for (let i = 0; i < ranks.length; i++) {
        const rank = ranks[Math.floor(random() * ranks.length)] ?? 0;
        counts[rank] = (counts[rank] ?? 0) + 1;
      }
    }
    const at = 0.5 * (drawn - 1);
    const below = this.#holder(Math.floor(at));
    return between(below, at % 1 === 0 ? below : this.#holder(Math.ceil(at)), at % 1);
  }

  /** The value at that place, from 0, among all that were drawn. */
  #holder(place: number): number {
    let before = 0;
    let rank = 0;
    for (; rank < this.#counts.length; rank++) {
      before += this.#counts[rank] ?? 0;
      if (before > place) break;
    }
    return this.#sorted[rank] ?? Number.NaN;
  }
}

/** Between the two values that it falls between, in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return between(below, above, at - Math.floor(at));
}

function between(below: number, above: number, share: number): number {
  return below + (above - below) * share;
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
