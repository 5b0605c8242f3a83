import type { z } from 'zod';
import type { Text } from './text.js';

/** What a judged claim shows below its sentence. */
export type Detail =
  | { readonly kind: 'path'; readonly hops: readonly PathHop[] }
  | { readonly kind: 'distribution'; readonly rows: readonly DistributionRow[]; readonly note: Text }
  | {
      readonly kind: 'chart';
      readonly title: Text;
      /** What stands along the bottom, and what is measured, with its unit. */
      readonly across: Text;
      readonly measured: Text;
      readonly unit: string;
      readonly series: readonly ChartSeries[];
      readonly note: Text;
    }
  | { readonly kind: 'table'; readonly columns: readonly Text[]; readonly rows: readonly (readonly (string | Text)[])[] };

/** One sighting of a followed packet. Addresses are `address:port`. */
export interface PathHop {
  readonly place: string;
  readonly link: string;
  readonly direction: 'in' | 'out';
  readonly source: string;
  readonly destination: string;
  /** Microseconds since the first sighting. */
  readonly offsetUs: number;
  /** What changed since the sighting before it; absent where nothing did. */
  readonly changed?: Text;
}

export interface DistributionRow {
  readonly label: string;
  readonly count: number;
  /** 0 to 1: what the cascade of rules gives this backend. */
  readonly share: number;
}

export interface ChartSeries {
  readonly name: string;
  /** In the order of `x`. `low` and `high` bound the value. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly low: number; readonly high: number }[];
}

interface Judged {
  /** What should be seen, and what was. */
  readonly expected: Text;
  readonly seen: Text;
  /** Evidence files that the verdict rests on. */
  readonly evidence: readonly string[];
  readonly details?: readonly Detail[];
}

/** `reason` is one of the check's declared reasons: a break names the one its claim must be red for. */
export type Verdict =
  | (Judged & { readonly status: 'pass' })
  | (Judged & { readonly status: 'fail'; readonly reason: string })
  | (Judged & {
      readonly status: 'inconclusive';
      readonly why: Text;
      /** The evidence itself is sound, and another attempt would show the same: it is not made. */
      readonly lasting?: true;
    })
  | (Judged & {
      readonly status: 'skip';
      readonly why: Text;
      /** The lab does without it: the run's exit code is not changed. */
      readonly optional: boolean;
    });

export interface JudgeInput<Options, Evidence> {
  readonly options: Options;
  readonly evidence: Evidence;
  /** This test's share of the run's false-alarm budget (0 to 1), over all its statistical tests. */
  readonly falseAlarm: number;
}

/** Judges, and never observes: a pure function of the expectation and the evidence. */
export interface Check<Options = unknown, Evidence = unknown> {
  readonly kind: string;
  readonly optionsSchema: z.ZodType<Options>;
  /** Every reason this check can fail for. */
  readonly reasons: readonly string[];
  /** A statistical test takes a share of the run's false-alarm budget. */
  readonly statistical?: boolean;
  /** Compares the proxy modes in which a step was taken; any other check is asked in each of them. */
  readonly acrossModes?: boolean;
  /** The observation names that the options refer to, so that a lab can be checked before anything starts. */
  observations(options: Options): readonly string[];
  judge(input: JudgeInput<Options, Evidence>): Verdict;
}
