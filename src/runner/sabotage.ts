import type { Verdict } from '../core/check.js';
import { EnvironmentError, UsageError } from '../core/errors.js';
import type { BreakOutcome } from '../core/events.js';
import type { Observation } from '../core/evidence.js';
import { same, type Text } from '../core/text.js';
import type { Break, Claim, Lab, Step } from '../schema/lab.js';
import { changeAll } from './act.js';
import { applyBreak, BreakNotUndone } from './breaks.js';
import { judgeFor } from './judge-in-modes.js';
import { sceneNow } from './scene-now.js';
import type { Stage } from './stage.js';
import { StepVerdicts } from './step-verdicts.js';
import { type ModesOptions, takeInModes } from './take-modes.js';
import { takeStep } from './take-step.js';
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
  let spoiledBy: string | undefined;
  for (const selected of breaks) {
    stage.signal.throwIfAborted();
    const { step, claim, broken } = selected;
    stage.emit({ type: 'break-started', step: step.id, claim: claim.id, break: broken.id, says: broken.says });
    const { proof, whole } = spoiledBy === undefined ? await prove(stage, selected, options) : { proof: onSpoiled(spoiledBy), whole: true };
    // What comes after would be blamed for this break.
    if (!whole) spoiledBy = broken.id;
    const outcome = { step: step.id, claim: claim.id, break: broken.id, becauseOf: broken.becauseOf, ...proof };
    options.judged(outcome);
    stage.emit({ type: 'break-judged', outcome, source: broken.source });
  }
}

type Proof = Pick<BreakOutcome, 'status' | 'why' | 'broken'>;

interface Proven {
  readonly proof: Proof;
  /** The claim is green again after the break. */
  readonly whole: boolean;
}

async function prove(stage: Stage, selected: SabotageSelection, options: SabotageOptions): Promise<Proven> {
  const { claim } = selected;
  if (!options.wasGreen(claim)) {
    return { proof: inconclusive({ en: 'the claim was not green before', ko: '망가뜨리기 전에도 초록이 아니었습니다' }), whole: true };
  }
  const broken = await orInconclusive(stage, () => breakOnce(stage, selected, options));
  const green = await orInconclusive(stage, () => judgeUndone(stage, selected, options));
  const whole = green.status === 'pass';
  if (broken.status !== 'proven' || whole) return { proof: broken, whole };
  const carried = broken.broken === undefined ? {} : { broken: broken.broken };
  if (green.status === 'inconclusive') return { proof: { ...inconclusive(green.why), ...carried }, whole };
  const why = { en: `still not green when undone: ${green.seen.en}`, ko: `되돌린 뒤에도 초록이 아닙니다: ${green.seen.ko}` };
  return { proof: { status: 'not-proven', why, ...carried }, whole };
}

/** Judges the claim while the break is in place. `proven` here is still without the look at what comes after. */
async function breakOnce(stage: Stage, selected: SabotageSelection, options: SabotageOptions): Promise<Proof> {
  const { broken } = selected;
  // What the step is given comes first, or it would mend what the break does.
  await changeAll(stage, selected.step.given, { step: selected.step.id, quiet: true });
  let stillThere = true;
  const whileBroken = async <T>(work: () => Promise<T>): Promise<T> => {
    const { scene } = await sceneNow(stage);
    const applied = await applyBreak(stage.cluster, scene, broken, stage.signal);
    try {
      const result = await work();
      stillThere &&= await applied.holds();
      return result;
    } finally {
      await applied.undo();
    }
  };
  const label = `sabotage/${broken.id}`;
  // In another proxy mode there are other rules: a break is applied once the mode is there, and taken back before the next.
  const red =
    selected.step.modes.length === 0
      ? await whileBroken(() => judgeOnce(stage, selected, label, options))
      : await judgeOnce(stage, selected, label, options, (mode, take) =>
          [undefined, mode].includes(broken.mode) ? whileBroken(take) : take(),
        );
  if (!stillThere) {
    const gone = { en: 'the break was gone before the step had ended', ko: '단계가 끝나기 전에 고장이 사라졌습니다' };
    return { ...inconclusive(gone), broken: red };
  }
  const why = {
    en: `red because of ${broken.becauseOf}, green again when undone`,
    ko: `${broken.becauseOf} 때문에 빨강, 되돌리니 다시 초록`,
  };
  return { ...(notRed(red, broken) ?? { status: 'proven', why }), broken: red };
}

async function judgeUndone(stage: Stage, selected: SabotageSelection, options: SabotageOptions): Promise<Verdict> {
  await changeAll(stage, selected.step.given, { step: selected.step.id, quiet: true });
  return judgeOnce(stage, selected, `sabotage/${selected.broken.id}/undone`, options);
}

/** An environment that fails here proves nothing, for or against; it does not end the run. */
async function orInconclusive<T>(stage: Stage, work: () => Promise<T>): Promise<T | (Proof & { readonly status: 'inconclusive' })> {
  try {
    return await work();
  } catch (error) {
    if (stage.signal.aborted || error instanceof BreakNotUndone || !(error instanceof EnvironmentError)) throw error;
    return inconclusive(same(error.message));
  }
}

function onSpoiled(by: string): Proof {
  return inconclusive({
    en: `not tried: the cluster was not whole again after the break '${by}'`,
    ko: `시도하지 않음: 고장 '${by}' 뒤에 클러스터가 원래대로 돌아오지 않았습니다`,
  });
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
async function judgeOnce(
  stage: Stage,
  { step, claim, broken }: SabotageSelection,
  label: string,
  options: SabotageOptions,
  around?: ModesOptions['around'],
): Promise<Verdict> {
  // A claim that is judged in each mode by itself needs no other than the broken one.
  const modes = broken.mode === undefined || stage.tools.acrossModes(claim) ? step.modes : [broken.mode];
  const verdicts = new StepVerdicts([claim], judgeFor(stage.lab, step, stage.tools, modes), options.falseAlarm);
  const only = new Set(stage.tools.observationsOf(claim));
  for (let attempt = 1; ; attempt++) {
    const how = { label, attempt, only, quiet: true };
    const taken =
      step.modes.length === 0
        ? await takeStep(stage, step, how)
        : await takeInModes(stage, step, { ...how, modes, ...(around === undefined ? {} : { around }) });
    options.observed(taken.observations);
    const unsound = verdicts.consider(taken.view, taken.scene, attempt);
    const [judged] = verdicts.all;
    if (judged === undefined) throw new Error('a claim that was considered has a verdict');
    if (unsound === undefined || attempt === maxAttempts) return judged.verdict;
  }
}

function inconclusive(why: Text): Proof & { readonly status: 'inconclusive' } {
  return { status: 'inconclusive', why };
}
