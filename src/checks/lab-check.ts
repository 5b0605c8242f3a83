import type { z } from 'zod';
import type { Check, Detail, JudgeInput, Verdict } from '../core/check.js';
import { EnvironmentError } from '../core/errors.js';
import type { Text } from '../core/text.js';
import { UnsoundEvidence } from '../evidence/unsound.js';
import type { EvidenceView } from '../evidence/view.js';
import type { Scene } from '../scene/scene.js';

/** What a lab's checks judge on: what was observed in one attempt at a step, and the lab's roles as they were then. */
export interface LabEvidence {
  readonly view: EvidenceView;
  readonly scene: Scene;
}

/** A check of a lab. Those of `defineCheck` take options of any type and parse them themselves. */
export type LabCheck<Options = unknown> = Check<Options, LabEvidence>;

interface Found {
  readonly expected: Text;
  readonly seen: Text;
  readonly details?: readonly Detail[];
}

/** What a check's own judge gives: a verdict without the evidence's file names, which are added for it. */
export type Finding<Reason extends string> =
  | (Found & { readonly status: 'pass' })
  | (Found & { readonly status: 'fail'; readonly reason: Reason })
  | (Found & { readonly status: 'inconclusive'; readonly why: Text; readonly lasting?: true });

export interface CheckDefinition<Schema extends z.ZodType, Reason extends string> {
  readonly kind: string;
  readonly optionsSchema: Schema;
  readonly reasons: readonly Reason[];
  readonly statistical?: boolean;
  readonly acrossModes?: boolean;
  observations(options: z.output<Schema>): readonly string[];
  /**
   * Evidence that is not there is UnsoundEvidence, which the view throws, and a pod that is gone is an EnvironmentError, which the scene throws:
   * both are left to `judgeClaim`.
   */
  judge(input: JudgeInput<z.output<Schema>, LabEvidence>): Finding<NoInfer<Reason>>;
}

/** Gives a check that any registry can hold: its options are parsed with its own schema whenever they are used. */
export function defineCheck<Schema extends z.ZodType, const Reason extends string>(definition: CheckDefinition<Schema, Reason>): LabCheck {
  const { kind, optionsSchema, reasons, statistical, acrossModes } = definition;
  return {
    kind,
    optionsSchema,
    reasons,
    ...(statistical === undefined ? {} : { statistical }),
    ...(acrossModes === undefined ? {} : { acrossModes }),
    observations: (options) => definition.observations(optionsSchema.parse(options)),
    judge: ({ options: given, evidence, falseAlarm }) => {
      const options = optionsSchema.parse(given);
      const finding = definition.judge({ options, evidence, falseAlarm });
      return { ...finding, evidence: filesOf(evidence, namesOf(definition, definition.observations(options), evidence)) };
    },
  };
}

/**
 * Judges a claim. Evidence that is unsound, missing or unreadable is inconclusive, with the reason; so is a role that stands for nothing in the
 * cluster as it was. Anything else that is thrown is a fault of the program.
 * @param falseAlarm 0 to 1: this claim's share of the run's false-alarm budget.
 */
export function judgeClaim(check: LabCheck, options: unknown, evidence: LabEvidence, falseAlarm: number): Verdict {
  const names = namesOf(check, check.observations(options), evidence);
  const inconclusive = (why: Text): Verdict & { status: 'inconclusive' } => ({
    status: 'inconclusive',
    why,
    expected: { en: 'evidence that can carry a verdict', ko: '판정의 근거가 될 수 있는 증거' },
    seen: why,
    evidence: filesOf(evidence, names),
  });
  for (const name of names) {
    const soundness = evidence.view.soundness(name);
    if (!soundness.sound) return inconclusive(soundness.why);
  }
  try {
    return check.judge({ options, evidence, falseAlarm });
  } catch (error) {
    if (error instanceof UnsoundEvidence) return { ...inconclusive(error.why), ...(error.lasting ? { lasting: true } : {}) };
    if (error instanceof EnvironmentError)
      return inconclusive({ en: error.message, ko: `클러스터에 필요한 것이 없습니다: ${error.message}` });
    throw error;
  }
}

/** A check that compares proxy modes needs what was observed in each of them. */
function namesOf(check: Pick<LabCheck, 'acrossModes'>, names: readonly string[], { view }: LabEvidence): readonly string[] {
  if (check.acrossModes !== true) return names;
  const modes = view.modes.filter(({ lacking }) => lacking === undefined);
  return modes.flatMap(({ mode }) => names.map((name) => `${name}@${mode}`));
}

function filesOf({ view }: LabEvidence, names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap((name) => view.files(name)))];
}
