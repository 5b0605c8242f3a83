import type { Benchmark, Figures, Prepared } from './benchmark.js';
import type { Machine } from './machine.js';
import { figureNames, series } from './measure.js';
import { paired, type Spread, spread } from './statistics.js';
import { describeTarget, holdAgainst, type TargetResult } from './targets.js';

/** What is kept of a bench: the raw figures, and all that is derived from them. */
export interface BenchResults {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly warnings: readonly string[];
  readonly benchmarks: readonly BenchmarkResult[];
}

export interface BenchmarkResult {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly yardstick: string;
  readonly rounds: readonly Figures[];
  readonly figures: readonly FigureResult[];
  readonly skipped: Prepared['skipped'];
  readonly targets: readonly (TargetResult & { readonly says: string })[];
  /** Why there are no figures. */
  readonly failure?: string;
}

export interface FigureResult {
  readonly name: string;
  readonly spread: Spread;
  /** As a multiple of the yardstick, taken round by round; absent where the yardstick has no figure. */
  readonly ratio?: Spread;
}

export function summarize(benchmark: Benchmark, rounds: readonly Figures[], skipped: Prepared['skipped']): BenchmarkResult {
  const { name, what, unit, yardstick } = benchmark;
  const yard = series(rounds, yardstick);
  const figures = figureNames(rounds).map((figure): FigureResult => {
    const values = series(rounds, figure);
    const ratios = paired(values, yard, (of, to) => of / to);
    return {
      name: figure,
      spread: spread(values.filter((value) => value !== undefined)),
      ...(ratios.length === 0 ? {} : { ratio: spread(ratios) }),
    };
  });
  const targets = benchmark.targets.map((target) => ({ ...holdAgainst(target, rounds), says: describeTarget(target, unit) }));
  return { name, what, unit, yardstick, rounds, figures, skipped, targets };
}

/** A benchmark that could not be taken is part of the results, so that the others are not lost with it. */
export function failed(benchmark: Benchmark, failure: string): BenchmarkResult {
  return { ...summarize(benchmark, [], []), failure };
}
