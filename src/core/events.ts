import type { Verdict } from './check.js';
import type { ExitCode, Warning } from './errors.js';
import type { Text } from './text.js';

/** Where a claim is written, for annotations and diagnostics. */
export interface SourceRef {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Totals {
  readonly pass: number;
  readonly fail: number;
  readonly inconclusive: number;
  readonly skip: number;
}

/** The verdict on a break: whether it turned its claim red for the reason that it names. */
export interface BreakOutcome {
  readonly step: string;
  readonly claim: string;
  readonly break: string;
  readonly becauseOf: string;
  /** `proven`: applied, still there afterwards, red for that reason, green again when undone. */
  readonly status: 'proven' | 'not-proven' | 'inconclusive';
  readonly why: Text;
  /** The claim's verdict while the break was in place; absent when it could not be judged. */
  readonly broken?: Verdict;
}

/** What a run stopped of; `source` where that is a fault in a file. */
export interface RunError {
  readonly message: string;
  readonly hint?: string;
  readonly source?: SourceRef;
}

/** All that a reporter sees. Times are milliseconds since the run began. */
export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly at: number;
      readonly lab: string;
      readonly title: Text;
      readonly cluster: string;
      readonly requests: number;
      /** The run's folder. */
      readonly folder: string;
      readonly startedAt: string;
      readonly claims: number;
      readonly sabotage: boolean;
    }
  | { readonly type: 'phase-started'; readonly at: number; readonly phase: Phase }
  | { readonly type: 'phase-ended'; readonly at: number; readonly phase: Phase; readonly durationMs: number }
  | { readonly type: 'warned'; readonly at: number; readonly warning: Warning }
  /** What a phase is doing now; each replaces the last. */
  | { readonly type: 'progressed'; readonly at: number; readonly text: Text }
  | { readonly type: 'step-started'; readonly at: number; readonly step: string; readonly text: Text; readonly attempt: number }
  | {
      readonly type: 'typed';
      readonly at: number;
      readonly step: string;
      readonly place: string;
      readonly command: string;
      readonly times: number;
      readonly why: Text;
    }
  | { readonly type: 'step-retaken'; readonly at: number; readonly step: string; readonly attempt: number; readonly why: Text }
  | {
      readonly type: 'claim-judged';
      readonly at: number;
      readonly step: string;
      readonly claim: string;
      readonly says: Text;
      readonly check: string;
      readonly verdict: Verdict;
      readonly attempt: number;
      readonly source: SourceRef;
    }
  | { readonly type: 'step-ended'; readonly at: number; readonly step: string; readonly durationMs: number }
  | {
      readonly type: 'break-started';
      readonly at: number;
      readonly step: string;
      readonly claim: string;
      readonly break: string;
      readonly says: Text;
    }
  | { readonly type: 'break-judged'; readonly at: number; readonly outcome: BreakOutcome; readonly source: SourceRef }
  /** Labs that are not run, and why: this machine cannot run their cluster, or the run was interrupted before them. Belongs to no run. */
  | { readonly type: 'left-out'; readonly at: number; readonly cluster: string; readonly labs: readonly string[]; readonly why: Text }
  | { readonly type: 'kept'; readonly at: number; readonly enter: readonly string[]; readonly end: readonly string[] }
  | {
      readonly type: 'run-ended';
      readonly at: number;
      readonly lab: string;
      readonly totals: Totals;
      readonly breaks: { readonly proven: number; readonly notProven: number; readonly inconclusive: number };
      readonly exitCode: ExitCode;
      /** Present when the run stopped early. */
      readonly error?: RunError;
      readonly folder: string;
    };

export type Phase = 'cluster' | 'workloads' | 'steps' | 'sabotage' | 'cleanup';

/** Sees events and nothing else. `end` is called once, also after an early failure. */
export interface Reporter {
  on(event: RunEvent): void;
  end(): Promise<void>;
}
