import type { Warning } from '../core/errors.js';
import type { Phase, RunEvent } from '../core/events.js';
import type { Text } from '../core/text.js';

export type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>;

/** What is known of one step so far. */
export interface StepRecord {
  readonly id: string;
  text: Text | undefined;
  /** How often it was begun. */
  attempts: number;
  /** What the latest attempt typed. */
  typed: EventOf<'typed'>[];
  readonly retakes: EventOf<'step-retaken'>[];
  /** The latest verdict on each claim. */
  readonly claims: Map<string, EventOf<'claim-judged'>>;
  durationMs: number | undefined;
}

/** What is known of one lab's run so far. */
export interface RunRecord {
  started: EventOf<'run-started'> | undefined;
  ended: EventOf<'run-ended'> | undefined;
  /** Milliseconds from the run's begin to its latest event. */
  lastAt: number;
  readonly phases: { readonly phase: Phase; readonly durationMs: number }[];
  readonly warnings: Warning[];
  readonly steps: Map<string, StepRecord>;
  readonly breaks: EventOf<'break-judged'>[];
  /** What a break does, by its id. */
  readonly breakSays: Map<string, Text>;
  kept: EventOf<'kept'> | undefined;
}

/** Gathers the events of one run after another, so that a report can look back. */
export class RunRecords {
  readonly runs: RunRecord[] = [];
  readonly leftOut: EventOf<'left-out'>[] = [];
  #phase: Phase | undefined;
  readonly #openBreaks = new Set<string>();

  /** The run that the latest event belongs to; a new one where there was none yet. */
  get current(): RunRecord {
    const last = this.runs.at(-1);
    if (last !== undefined) return last;
    const first = newRun();
    this.runs.push(first);
    return first;
  }

  /**
   * Takes an event in. False when it belongs to a break that is being tried: the step is then taken on a broken cluster, and what it
   * shows there is no finding of the lab; `break-judged` tells what came of it.
   */
  add(event: RunEvent): boolean {
    if (this.#ofBreak(event)) return false;
    if (event.type === 'left-out') {
      this.leftOut.push(event);
      return true;
    }
    const beginsAnew = event.type === 'run-started' || event.type === 'run-ended';
    if (beginsAnew && this.current.ended !== undefined) this.runs.push(newRun());
    const run = this.current;
    run.lastAt = Math.max(run.lastAt, event.at);
    switch (event.type) {
      case 'run-started':
        run.started = event;
        this.#phase = undefined;
        this.#openBreaks.clear();
        break;
      case 'phase-started':
        this.#phase = event.phase;
        break;
      case 'phase-ended':
        run.phases.push({ phase: event.phase, durationMs: event.durationMs });
        break;
      case 'progressed':
        break;
      case 'warned':
        run.warnings.push(event.warning);
        break;
      case 'step-started': {
        const step = stepOf(run, event.step);
        step.text = event.text;
        step.attempts = event.attempt;
        step.typed = [];
        break;
      }
      case 'typed':
        stepOf(run, event.step).typed.push(event);
        break;
      case 'step-retaken': {
        const step = stepOf(run, event.step);
        step.retakes.push(event);
        step.attempts = event.attempt;
        step.typed = [];
        break;
      }
      case 'claim-judged': {
        const { claims } = stepOf(run, event.step);
        // Taken out first, so that the order is that of the latest attempt.
        claims.delete(event.claim);
        claims.set(event.claim, event);
        break;
      }
      case 'step-ended':
        stepOf(run, event.step).durationMs = event.durationMs;
        break;
      case 'break-started':
        this.#openBreaks.add(event.break);
        run.breakSays.set(event.break, event.says);
        break;
      case 'break-judged':
        this.#openBreaks.delete(event.outcome.break);
        run.breaks.push(event);
        break;
      case 'kept':
        run.kept = event;
        break;
      case 'run-ended':
        run.ended = event;
        break;
      default:
        event satisfies never;
    }
    return true;
  }

  #ofBreak(event: RunEvent): boolean {
    if (this.#phase !== 'sabotage' || this.#openBreaks.size === 0) return false;
    return ['step-started', 'typed', 'step-retaken', 'claim-judged', 'step-ended'].includes(event.type);
  }
}

export function stepOf(run: RunRecord, id: string): StepRecord {
  const known = run.steps.get(id);
  if (known !== undefined) return known;
  const step: StepRecord = { id, text: undefined, attempts: 1, typed: [], retakes: [], claims: new Map(), durationMs: undefined };
  run.steps.set(id, step);
  return step;
}

/** Every claim's latest verdict, in the order of the lab. */
export function claimsOf(run: RunRecord): readonly EventOf<'claim-judged'>[] {
  return [...run.steps.values()].flatMap((step) => [...step.claims.values()]);
}

/** The runner's own count where there is one; otherwise what was judged until the run broke off. */
export function totalsOf(run: RunRecord): { pass: number; fail: number; inconclusive: number; skip: number } {
  if (run.ended !== undefined) return run.ended.totals;
  const totals = { pass: 0, fail: 0, inconclusive: 0, skip: 0 };
  for (const { verdict } of claimsOf(run)) totals[verdict.status] += 1;
  return totals;
}

function newRun(): RunRecord {
  return {
    started: undefined,
    ended: undefined,
    lastAt: 0,
    phases: [],
    warnings: [],
    steps: new Map(),
    breaks: [],
    breakSays: new Map(),
    kept: undefined,
  };
}
