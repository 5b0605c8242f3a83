import type { Verdict } from '../core/check.js';
import type { ProxyMode } from '../core/cluster.js';
import type { Text } from '../core/text.js';
import type { EvidenceView } from '../evidence/view.js';
import { Scene } from '../scene/scene.js';
import type { Lab, Step } from '../schema/lab.js';
import { skipped } from './skipped.js';
import type { Judge, RunnerTools } from './tools.js';

/**
 * Who judges the claims of a step. Where it was taken in several proxy modes, a claim is judged in each of them and holds when it holds in all,
 * unless its check compares the modes by itself.
 * @param modes those in which the step is taken now; fewer than two that are there prove nothing about modes, unless fewer were wanted.
 */
export function judgeFor({ roles }: Lab, step: Step, tools: RunnerTools, modes: readonly ProxyMode[] = step.modes): Judge {
  if (step.modes.length === 0) return tools.judge;
  return (claim, view, _scene, falseAlarm) => {
    const there = view.modes.filter(({ lacking }) => lacking === undefined).map(({ mode }) => mode);
    if (there.length < Math.min(2, modes.length)) return skipped(textOf(lackingIn(view), '; '), step.optional);
    const scene = (mode: string): Scene => new Scene(roles, view.inMode(mode).objects('objects'));
    if (tools.acrossModes(claim)) return tools.judge(claim, view, scene(there[0] ?? ''), falseAlarm);
    return combined(
      there.map((mode) => ({ mode, verdict: tools.judge(claim, view.inMode(mode), scene(mode), falseAlarm / there.length) })),
      lackingIn(view),
    );
  };
}

interface InMode {
  readonly mode: string;
  readonly verdict: Verdict;
}

/** The first that failed speaks for all, then the first that is inconclusive. */
function combined(verdicts: readonly InMode[], lacking: readonly Text[]): Verdict {
  const worst =
    verdicts.find(({ verdict }) => verdict.status === 'fail') ?? verdicts.find(({ verdict }) => verdict.status !== 'pass') ?? verdicts[0];
  if (worst === undefined) throw new Error('a step is judged in at least one mode');
  const said = worst.verdict.status === 'pass' ? verdicts : [worst];
  const seen = textOf([...said.map(({ mode, verdict }) => inMode(mode, verdict.seen)), ...lacking], '; ');
  const expected = worst.verdict.status === 'pass' ? worst.verdict.expected : inMode(worst.mode, worst.verdict.expected);
  const evidence = [...new Set(verdicts.flatMap(({ verdict }) => verdict.evidence))];
  return { ...worst.verdict, expected, seen, evidence };
}

function lackingIn(view: EvidenceView): readonly Text[] {
  return view.modes.flatMap(({ mode, lacking }) =>
    lacking === undefined ? [] : [{ en: `${mode}: not available: ${lacking.en}`, ko: `${mode}: 쓸 수 없음: ${lacking.ko}` }],
  );
}

function inMode(mode: string, { en, ko }: Text): Text {
  return { en: `${mode}: ${en}`, ko: `${mode}: ${ko}` };
}

function textOf(texts: readonly Text[], between: string): Text {
  return { en: texts.map(({ en }) => en).join(between), ko: texts.map(({ ko }) => ko).join(between) };
}
