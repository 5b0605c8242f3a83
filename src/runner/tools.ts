import type { Verdict } from '../core/check.js';
import type { RunEvent } from '../core/events.js';
import type { Probe, RequestTaker } from '../core/probe.js';
import type { Registry } from '../core/registry.js';
import type { EvidenceView } from '../evidence/view.js';
import type { Scene } from '../scene/scene.js';
import type { Claim } from '../schema/lab.js';

/** What the runner is handed by the program's entry, since it imports neither probes nor checks. */
export interface RunnerTools {
  readonly probes: Registry<Probe>;
  readonly requests: RequestTaker;
  readonly judge: Judge;
  /** The observations that a claim's verdict rests on. */
  readonly observationsOf: (claim: Claim) => readonly string[];
  readonly isStatistical: (claim: Claim) => boolean;
  /** The claim compares the proxy modes in which its step was taken. */
  readonly acrossModes: (claim: Claim) => boolean;
}

export type Judge = (claim: Claim, view: EvidenceView, scene: Scene, falseAlarm: number) => Verdict;

/** An event without its time, which the run's clock adds. */
export type Emit = (event: Untimed<RunEvent>) => void;

type Untimed<E> = E extends unknown ? Omit<E, 'at'> : never;

/** A step may be taken again, at most twice, when its evidence was not sound. */
export const maxAttempts = 3;

/** The chance that a correct cluster is called wrong, shared out over all statistical tests of a run. */
export const falseAlarmBudget = 1e-6;
