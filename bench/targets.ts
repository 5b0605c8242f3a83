import type { Figures, Target } from './benchmark.js';
import { series } from './measure.js';
import { paired, spread } from './statistics.js';

export interface TargetResult {
  readonly target: Target;
  /** `not measured` where a contestant could not take part. */
  readonly status: 'met' | 'missed' | 'not measured';
  /** In the target's own terms: a figure, a ratio or a difference. */
  readonly value?: number;
}

export function holdAgainst(target: Target, rounds: readonly Figures[]): TargetResult {
  const values = valuesOf(target, rounds);
  if (values.length === 0) return { target, status: 'not measured' };
  const { median } = spread(values);
  return { target, status: median <= target.atMost ? 'met' : 'missed', value: median };
}

/** `svclab: at most 250 ms`. */
export function describeTarget(target: Target, unit: string): string {
  switch (target.kind) {
    case 'median':
      return `${target.of}: at most ${target.atMost} ${unit}`;
    case 'ratio':
      return `${target.of}: at most ${target.atMost} times ${target.to}`;
    case 'difference':
      return `${target.of}: at most ${target.atMost} ${unit} more than ${target.to}`;
  }
}

function valuesOf(target: Target, rounds: readonly Figures[]): readonly number[] {
  const of = series(rounds, target.of);
  switch (target.kind) {
    case 'median':
      return of.filter((value) => value !== undefined);
    case 'ratio':
      return paired(of, series(rounds, target.to), (a, b) => a / b);
    case 'difference':
      return paired(of, series(rounds, target.to), (a, b) => a - b);
  }
}
