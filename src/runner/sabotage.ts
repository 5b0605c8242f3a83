import type { Verdict } from '../core/check.js';
import { EnvironmentError, UsageError } from '../core/errors.js';
import type { BreakOutcome } from '../core/events.js';
import type { Observation } from '../core/evidence.js';
import { same, type Text } from '../core/text.js';
import { Scene } from '../scene/scene.js';
import type { Break, Claim, Lab, Step } from '../schema/lab.js';
import { applyBreak, BreakNotUndone } from './breaks.js';
import { StepVerdicts } from './step-verdicts.js';
import { type Stage, takeStep } from './take-step.js';
import { maxAttempts } from './tools.js';

export interface SabotageSelection {
  readonly step: Step;
  readonly claim: Claim;
  readonly broken: Break;
}

export interface SabotageOptions {
  readonly falseAlarm: number;
  readonly wasGreen: (claim: Claim) => boolean;
  readonly observed: (observations: readonly Observation[]) => void;
  readonly judged: (outcome: BreakOutcome) => void;
}

/** @throws UsageError when the lab has no such break; it lists those that it has. */
export function selectBreaks(lab: Lab, wanted: string | undefined): readonly SabotageSelection[] {
  if (wanted === undefined) return [];
  const all = lab.steps.flatMap((step) => step.claims.flatMap((claim) => claim.breaks.map((broken) => ({ step, claim, broken }))));
  if (wanted === 'all') return all;
  const selected = all.filter(({ broken }) => broken.id === wanted);
  if (selected.length === 0) {
    throw new UsageError(`the lab '${lab.id}' has no break '${wanted}'`, {
      hint: `breaks: all, ${all.map(({ broken }) => broken.id).join(', ')}`,
    });
  }
  return selected;
}

/** Proves each break: applied, its claim red for the reason that it names, still in place afterwards, and green again when undone. */
export async function sabotage(stage: Stage, breaks: readonly SabotageSelection[], options: SabotageOptions): Promise<void> {
  for (const selected of breaks) {
    stage.signal.throwIfAborted();
    const { step, claim, broken } = selected;
    stage.emit({ type: 'break-started', step: step.id, claim: claim.id, break: broken.id, says: broken.says });
    const proof = await prove(stage, selected, options).catch((error: unknown) => {
      if (stage.signal.aborted || error instanceof BreakNotUndone || !(error instanceof EnvironmentError)) throw error;
      return inconclusive(same(error.message));
    });
    const outcome = { step: step.id, claim: claim.id, break: broken.id, becauseOf: broken.becauseOf, ...proof };
    options.judged(outcome);
    stage.emit({ type: 'break-judged', outcome, source: broken.source });
  }
}

type Proof = Pick<BreakOutcome, 'status' | 'why' | 'broken'>;

async function prove(stage: Stage, { step, claim, broken }: SabotageSelection, options: SabotageOptions): Promise<Proof> {
  if (!options.wasGreen(claim)) return inconclusive({ en: 'the claim was not green before', ko: '망가뜨리기 전에도 초록이 아니었습니다' });
  const label = `sabotage/${broken.id}`;
  const scene = new Scene(stage.lab.roles, await stage.cluster.objects(stage.signal));
  const applied = await applyBreak(stage.cluster, scene, broken, stage.signal);
  let red: Verdict;
  let stillThere: boolean;
  try {
    red = await judgeOnce(stage, step, claim, label, options);
    stillThere = await applied.holds();
  } finally {
    await applied.undo();
  }
  if (!stillThere)
    return {
      ...inconclusive({ en: 'the break was gone before the step had ended', ko: '단계가 끝나기 전에 고장이 사라졌습니다' }),
      broken: red,
    };
  const faulty = notRed(red, broken);
  if (faulty !== undefined) return { ...faulty, broken: red };
  const green = await judgeOnce(stage, step, claim, `${label}/undone`, options);
  if (green.status === 'inconclusive') return { ...inconclusive(green.why), broken: red };
  if (green.status !== 'pass') {
    return {
      status: 'not-proven',
      why: { en: `still not green when undone: ${green.seen.en}`, ko: `되돌린 뒤에도 초록이 아닙니다: ${green.seen.ko}` },
      broken: red,
    };
  }
  const why = {
    en: `red because of ${broken.becauseOf}, green again when undone`,
    ko: `${broken.becauseOf} 때문에 빨강, 되돌리니 다시 초록`,
  };
  return { status: 'proven', why, broken: red };
}

function notRed(red: Verdict, broken: Break): Proof | undefined {
  if (red.status === 'inconclusive') return inconclusive(red.why);
  if (red.status !== 'fail') {
    return {
      status: 'not-proven',
      why: { en: `the claim stayed ${red.status}: ${red.seen.en}`, ko: `주장이 ${red.status}인 채로 남았습니다: ${red.seen.ko}` },
    };
  }
  if (red.reason === broken.becauseOf) return undefined;
  const why = {
    en: `red because of ${red.reason}, not ${broken.becauseOf}: ${red.seen.en}`,
    ko: `${broken.becauseOf}가 아니라 ${red.reason} 때문에 빨강: ${red.seen.ko}`,
  };
  return { status: 'not-proven', why };
}

/** Takes the step for one claim, with the probes that the claim needs and no others; again where the evidence was not sound. */
async function judgeOnce(stage: Stage, step: Step, claim: Claim, label: string, options: SabotageOptions): Promise<Verdict> {
  const verdicts = new StepVerdicts([claim], stage.tools.judge, options.falseAlarm);
  const only = new Set(stage.tools.observationsOf(claim));
  for (let attempt = 1; ; attempt++) {
    const taken = await takeStep(stage, step, { label, attempt, only, quiet: true });
    options.observed(taken.observations);
    const unsound = verdicts.consider(taken.view, taken.scene, attempt);
    const [judged] = verdicts.all;
    if (judged === undefined) throw new Error('a claim that was considered has a verdict');
    if (unsound === undefined || attempt === maxAttempts) return judged.verdict;
  }
}

function inconclusive(why: Text): Proof {
  return { status: 'inconclusive', why };
}
