import { z } from 'zod';
import { EnvironmentError, type ExitCode } from '../core/errors.js';
import type { RunEvent } from '../core/events.js';
import type { Observation } from '../core/evidence.js';
import { same, type Text } from '../core/text.js';
import type { StoredRun } from '../evidence/open-run.js';
import { EvidenceView } from '../evidence/view.js';
import { Scene } from '../scene/scene.js';
import type { Lab, Step } from '../schema/lab.js';
import { stepFor } from './is-for.js';
import { judgeFor } from './judge-in-modes.js';
import { Outcome } from './outcome.js';
import { reportStep } from './report-step.js';
import { claimsElsewhere, skipped } from './skipped.js';
import { type ClaimVerdict, StepVerdicts } from './step-verdicts.js';
import { type Emit, falseAlarmBudget, type RunnerTools } from './tools.js';

export interface RejudgeOptions {
  readonly stored: StoredRun;
  /** The lab as it was stored with the run. */
  readonly lab: Lab;
  readonly tools: RunnerTools;
  readonly emit: (event: RunEvent) => void;
}

/** Judges a run's evidence again: the same checks on the same files, without a cluster. */
export function rejudgeRun({ stored, lab, tools, emit: emitTimed }: RejudgeOptions): ExitCode {
  const { manifest, folder } = stored;
  const begun = performance.now();
  const emit: Emit = (event) => emitTimed({ ...event, at: performance.now() - begun });
  const outcome = new Outcome();
  emit({
    type: 'run-started',
    lab: lab.id,
    title: lab.title,
    cluster: manifest.cluster,
    requests: manifest.requests,
    folder,
    startedAt: manifest.startedAt,
    claims: lab.steps.reduce((sum, step) => sum + step.claims.length, 0),
    sabotage: false,
  });
  const falseAlarm = typeof manifest.settings['falseAlarm'] === 'number' ? manifest.settings['falseAlarm'] : falseAlarmBudget;
  const lacking = lab.steps
    .filter((step) => !rejudgeStep({ stored, lab, tools, emit: emitTimed }, step, falseAlarm, outcome, emit))
    .map((step) => step.id);
  const error =
    lacking.length === 0 ? undefined : new EnvironmentError(`the run ended before these steps were taken: ${lacking.join(', ')}`);
  if (stored.unlisted.length > 0) {
    emit({ type: 'warned', warning: { code: 'unlisted', text: same(`not part of the run, and not read: ${stored.unlisted.join(', ')}`) } });
  }
  for (const text of differences(manifest.verdicts, outcome)) emit({ type: 'warned', warning: { code: 'differs', text } });
  const exitCode = outcome.exitCode(error, false);
  emit({
    type: 'run-ended',
    lab: lab.id,
    totals: outcome.totals,
    breaks: outcome.breaks,
    exitCode,
    folder,
    ...(error === undefined ? {} : { error: { message: error.message } }),
  });
  return exitCode;
}

const storedVerdicts = z.object({
  claims: z.array(z.object({ claim: z.string(), status: z.string(), why: z.object({ en: z.string(), ko: z.string() }).exactOptional() })),
  breaks: z.array(z.object({ break: z.string(), status: z.string() })),
});

/** What the run said of itself and is not confirmed now. Its verdicts are no evidence: they are compared, never used. */
function differences(verdicts: unknown, outcome: Outcome): readonly Text[] {
  const stored = storedVerdicts.safeParse(verdicts);
  if (!stored.success) return [];
  const changed = stored.data.claims.flatMap(({ claim, status }): Text[] => {
    const now = outcome.statusOf(claim);
    if (now === undefined || now === status) return [];
    return [
      {
        en: `the claim '${claim}' was judged ${status} in the run, and ${now} now`,
        ko: `주장 '${claim}': 실행 때는 ${status}, 지금은 ${now}`,
      },
    ];
  });
  const { length } = stored.data.breaks;
  if (length === 0) return changed;
  const proven = stored.data.breaks.filter(({ status }) => status === 'proven').length;
  return [
    ...changed,
    {
      en: `the run proved ${proven} of ${length} breaks; only claims are judged again`,
      ko: `실행 때 고장 ${length}개 중 ${proven}개가 입증되었습니다. 다시 판정하는 것은 주장뿐입니다`,
    },
  ];
}

/** Returns false when the run holds no evidence of the step. */
function rejudgeStep({ stored, lab, tools }: RejudgeOptions, step: Step, falseAlarm: number, outcome: Outcome, emit: Emit): boolean {
  const begun = performance.now();
  const { manifest, reader } = stored;
  const own = stepFor(step, manifest.cluster);
  const attempts = attemptsOf(manifest.observations, `steps/${step.id}`);
  const left = step.optional ? leftOut(own, manifest.verdicts) : [];
  if (own.claims.length > 0 && attempts.length === 0 && left.length === 0) return false;
  const verdicts = new StepVerdicts(own.claims, judgeFor(lab, own, tools), falseAlarm);
  if (attempts.length === 0) emit({ type: 'step-started', step: step.id, text: step.text, attempt: 1 });
  for (const [i, observations] of attempts.entries()) {
    emit({ type: 'step-started', step: step.id, text: step.text, attempt: i + 1 });
    const view = new EvidenceView(reader, observations);
    if (verdicts.consider(view, new Scene(lab.roles, own.modes.length > 0 ? [] : view.objects('objects')), i + 1) === undefined) break;
  }
  reportStep(step, [...verdicts.all, ...left, ...claimsElsewhere(step, manifest.cluster)], begun, outcome, emit);
  return true;
}

/** The claims that the run could not try, and why: there is no evidence of that but what it said. */
function leftOut(step: Step, verdicts: unknown): readonly ClaimVerdict[] {
  const stored = storedVerdicts.safeParse(verdicts);
  const claims = stored.success ? stored.data.claims : [];
  return step.claims.flatMap((claim): readonly ClaimVerdict[] => {
    const why = claims.find((one) => one.claim === claim.id && one.status === 'skip')?.why;
    return why === undefined ? [] : [{ claim, verdict: skipped(why, true), attempt: 1 }];
  });
}

function attemptsOf(observations: readonly Observation[], label: string): readonly (readonly Observation[])[] {
  const own = observations.filter((observation) => observation.step === label);
  return [...new Set(own.map((observation) => observation.attempt))]
    .sort((a, b) => a - b)
    .map((attempt) => own.filter((observation) => observation.attempt === attempt));
}
