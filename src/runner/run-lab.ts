import { CleanupStack } from '../core/cleanup.js';
import type { Cluster, ClusterProvider } from '../core/cluster.js';
import { EnvironmentError, type ExitCode, exitCodes, SvclabError, UnmetError, type Warning } from '../core/errors.js';
import type { Phase, RunEvent } from '../core/events.js';
import type { Observation } from '../core/evidence.js';
import { same, type Text } from '../core/text.js';
import { digestText } from '../evidence/manifest.js';
import { createRunFolder, type RunFolder } from '../evidence/run-folder.js';
import type { Lab, Step } from '../schema/lab.js';
import { changeAll } from './act.js';
import { writeCharts } from './charts.js';
import { labFor, stepFor } from './is-for.js';
import { judgeFor } from './judge-in-modes.js';
import { labCopy } from './lab-copy.js';
import { Outcome } from './outcome.js';
import { placesAhead } from './places-ahead.js';
import { reportStep } from './report-step.js';
import { runErrorOf } from './run-error.js';
import { type SabotageSelection, sabotage, selectBreaks } from './sabotage.js';
import { claimsElsewhere, skipped } from './skipped.js';
import type { Stage } from './stage.js';
import { type ClaimVerdict, StepVerdicts } from './step-verdicts.js';
import { takeInModes } from './take-modes.js';
import { takeStep } from './take-step.js';
import { type Emit, falseAlarmBudget, maxAttempts, type RunnerTools } from './tools.js';

export interface RunOptions {
  readonly lab: Lab;
  readonly provider: ClusterProvider;
  readonly tools: RunnerTools;
  readonly emit: (event: RunEvent) => void;
  /** Where run folders go. */
  readonly out: string;
  /** New connections of an action that says `$requests`. */
  readonly requests: number;
  /** `all`, a break's id, or undefined for none. */
  readonly sabotage: string | undefined;
  readonly keep: boolean;
  readonly publish: boolean;
  /** Makes the cluster anew where one that svclab made is there already. */
  readonly fresh: boolean;
  readonly allowSkip: boolean;
  /** Aborted with an InterruptedError as its reason. */
  readonly signal: AbortSignal;
  readonly now: Date;
}

/** Runs a lab from nothing to its verdicts, and leaves the machine as it was. Never throws once the run's folder is there. */
export async function runLab(options: RunOptions): Promise<ExitCode> {
  const { lab, signal } = options;
  const selection = selectBreaks(labFor(lab, options.provider.kind), options.sabotage);
  const folder = await createRunFolder(options.out, lab.id, options.now);
  const run = new Run(options, folder, selection);
  const begun = performance.now();
  const emit: Emit = (event) => options.emit({ ...event, at: performance.now() - begun });
  emit({
    type: 'run-started',
    lab: lab.id,
    title: lab.title,
    cluster: options.provider.kind,
    requests: options.requests,
    folder: folder.path,
    startedAt: options.now.toISOString(),
    claims: lab.steps.reduce((sum, step) => sum + step.claims.length, 0),
    sabotage: selection.length > 0,
  });
  let error: SvclabError | undefined;
  try {
    await run.carryOut(emit);
  } catch (thrown) {
    error = signal.aborted && signal.reason instanceof SvclabError ? signal.reason : asSvclabError(thrown);
  }
  await run.seal().catch((thrown) => {
    error ??= asSvclabError(thrown);
  });
  const exitCode = run.outcome.exitCode(error, options.allowSkip);
  const { totals, breaks } = run.outcome;
  emit({
    type: 'run-ended',
    lab: lab.id,
    totals,
    breaks,
    exitCode,
    folder: folder.path,
    ...(error === undefined ? {} : { error: runErrorOf(error) }),
  });
  return exitCode;
}

class Run {
  readonly outcome = new Outcome();
  readonly #options: RunOptions;
  readonly #folder: RunFolder;
  readonly #breaks: readonly SabotageSelection[];
  readonly #observations: Observation[] = [];
  readonly #falseAlarm: number;
  #versions: Readonly<Record<string, string>> = {};

  constructor(options: RunOptions, folder: RunFolder, breaks: readonly SabotageSelection[]) {
    this.#options = options;
    this.#folder = folder;
    this.#breaks = breaks;
    const { lab, tools } = options;
    const judged = labFor(lab, options.provider.kind)
      .steps.flatMap((step) => step.claims)
      .filter(tools.isStatistical).length;
    // A break's claim is judged twice more: while it is broken, and when it is whole again.
    const again = breaks.filter((selected) => tools.isStatistical(selected.claim)).length * 2;
    this.#falseAlarm = falseAlarmBudget / Math.max(1, judged + again);
  }

  async carryOut(emit: Emit): Promise<void> {
    const { lab, provider, signal, tools, requests, publish, fresh } = this.#options;
    await using acquired = new CleanupStack();
    const warn = (warning: Warning): void => emit({ type: 'warned', warning });
    for (const file of labCopy(lab)) await this.#folder.write(file.name, file.text);
    const cluster = await timed(emit, 'cluster', () =>
      provider.create({
        config: lab.cluster,
        name: 'myk8s',
        manifests: lab.manifests,
        publish: publish || lab.publish,
        fresh,
        signal,
        warn,
        progress: (text) => emit({ type: 'progressed', text }),
        logs: () => this.#folder.folderFor('cluster-logs'),
      }),
    );
    acquired.add('the cluster', () => this.#release(cluster, emit));
    cluster.expect?.(placesAhead(lab, cluster.provider));
    await timed(emit, 'workloads', () => cluster.apply(lab.manifests, signal));
    // Asked for beside the first steps; nothing waits for them.
    const versions = cluster.versions(signal).then((found) => {
      this.#versions = found;
    });
    versions.catch(() => {});
    const stage: Stage = { lab, cluster, folder: this.#folder, tools, requests, emit, signal, grown: new Map(), pods: new Set() };
    await timed(emit, 'steps', async () => {
      for (const step of lab.steps) await this.#step(stage, step);
      await versions;
    });
    const breaks = this.#breaks.filter(({ claim }) => this.outcome.statusOf(claim.id) !== 'skip');
    if (breaks.length > 0) {
      await timed(emit, 'sabotage', () =>
        sabotage(stage, breaks, {
          falseAlarm: this.#falseAlarm,
          wasGreen: (claim) => this.outcome.statusOf(claim.id) === 'pass',
          observed: (observations) => this.#observations.push(...observations),
          judged: (outcome) => this.outcome.addBreak(outcome),
        }),
      );
    }
  }

  async seal(): Promise<void> {
    const { lab, provider, now, requests } = this.#options;
    await this.#folder.seal({
      lab: { id: lab.id, file: labCopy(lab)[0]?.name ?? '', sha256: digestText(lab.text) },
      cluster: provider.kind,
      startedAt: now.toISOString(),
      versions: this.#versions,
      requests,
      settings: { falseAlarm: this.#falseAlarm },
      observations: this.#observations,
      verdicts: this.outcome.record(),
    });
  }

  async #step(stage: Stage, step: Step): Promise<void> {
    const { emit, signal } = stage;
    const begun = performance.now();
    const own = stepFor(step, stage.cluster.provider);
    const elsewhere = claimsElsewhere(step, stage.cluster.provider);
    const report = (verdicts: readonly ClaimVerdict[]): void => reportStep(step, [...verdicts, ...elsewhere], begun, this.outcome, emit);
    const verdicts = new StepVerdicts(own.claims, judgeFor(stage.lab, own, stage.tools), this.#falseAlarm);
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      signal.throwIfAborted();
      emit({ type: 'step-started', step: step.id, text: step.text, attempt });
      if (own.claims.length === 0) break;
      const lacking = await this.#arrange(stage, own, attempt);
      if (lacking !== undefined) {
        report(own.claims.map((claim) => ({ claim, verdict: skipped(lacking, true), attempt })));
        return;
      }
      const options = { label: `steps/${step.id}`, attempt, quiet: attempt > 1 };
      const taken =
        own.modes.length === 0 ? await takeStep(stage, own, options) : await takeInModes(stage, own, { ...options, modes: own.modes });
      this.#observations.push(...taken.observations);
      const unsound = verdicts.consider(taken.view, taken.scene, attempt);
      if (unsound?.status !== 'inconclusive') break;
      if (attempt < maxAttempts) emit({ type: 'step-retaken', step: step.id, attempt: attempt + 1, why: unsound.why });
    }
    await writeCharts(this.#folder, verdicts.all);
    report(verdicts.all);
  }

  /** Puts in place what the step is given; why that cannot be, where the step may be left out then. */
  async #arrange(stage: Stage, step: Step, attempt: number): Promise<Text | undefined> {
    try {
      await changeAll(stage, step.given, { step: step.id, quiet: attempt > 1 });
      return undefined;
    } catch (error) {
      if (!(step.optional && error instanceof UnmetError)) throw error;
      return same(error.message);
    }
  }

  async #release(cluster: Cluster, emit: Emit): Promise<void> {
    if (this.#options.keep && !this.#options.signal.aborted) {
      emit({ type: 'kept', ...(await cluster.keep()) });
      return;
    }
    try {
      await timed(emit, 'cleanup', async () => cluster[Symbol.asyncDispose]());
    } catch (cause) {
      // Said at once, since an error that came before it is what the run ends with.
      const message = cause instanceof Error ? cause.message : String(cause);
      emit({ type: 'warned', warning: { code: 'left-behind', text: { en: message, ko: `정리하지 못했습니다: ${message}` } } });
      throw new EnvironmentError(`not everything could be cleaned up: ${message}`, { cause });
    }
  }
}

async function timed<T>(emit: Emit, phase: Phase, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  emit({ type: 'phase-started', phase });
  const result = await work();
  emit({ type: 'phase-ended', phase, durationMs: performance.now() - begun });
  return result;
}

/** What is not an error of ours is a mistake in the program; it still ends in a report. */
function asSvclabError(thrown: unknown): SvclabError {
  if (thrown instanceof SvclabError) return thrown;
  // When the clean-up fails too, what the run failed of comes first (ECMA-262, `SuppressedError`).
  if (thrown instanceof Error && thrown.name === 'SuppressedError') return asSvclabError(Reflect.get(thrown, 'suppressed'));
  return new InternalError(thrown);
}

class InternalError extends SvclabError {
  readonly exitCode = exitCodes.environment;

  constructor(cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(`svclab itself failed: ${message}`, { hint: 'this is a mistake in svclab: please report it, with the run folder', cause });
  }
}
