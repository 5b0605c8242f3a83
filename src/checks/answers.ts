import { z } from 'zod';
import type { Text } from '../core/text.js';
import { type Answer, hostnameOf } from '../evidence/answers.js';
import { isPod } from '../objects/guards.js';
import { roleExpression } from '../schema/roles.js';
import { defineCheck, type LabEvidence } from './lab-check.js';
import { answersOption, objects } from './options.js';
import { answered, outcomeOf, talliedHostnames } from './responders.js';
import { plural } from './wording.js';

const optionsSchema = z.strictObject({
  answers: answersOption,
  by: z
    .union([z.literal('target'), roleExpression('A role that names endpoints')])
    .describe("Who must have answered: one of a role's pods, or with 'target' the pod that has the address asked"),
  samePod: z.boolean().default(false).describe('All of the answers come from one and the same pod'),
});

/** Every request was answered, by a pod that should. */
export const answersCheck = defineCheck({
  kind: 'answers',
  optionsSchema,
  reasons: ['no-answer', 'status', 'wrong-responder', 'other-pod'],
  observations: ({ answers }) => [answers, objects],
  judge({ options, evidence }) {
    const { answers } = evidence.view.answers(options.answers);
    const rightNames = responders(options.by, evidence);
    const expected = expectedOf(options, rightNames(''));
    const failed = (reason: 'no-answer' | 'status' | 'wrong-responder' | 'other-pod', first: Answer | undefined) => {
      const summary = summaryOf(answers);
      const culprit = first === undefined ? { en: 'no request was made', ko: '요청이 하나도 없음' } : outcomeOf(first);
      return {
        status: 'fail',
        reason,
        expected,
        seen: { en: `${summary.en}; ${culprit.en}`, ko: `${summary.ko}. ${culprit.ko}` },
      } as const;
    };
    const silent = answers.find(({ exitCode }) => exitCode !== 0);
    if (answers.length === 0 || silent !== undefined) return failed('no-answer', silent);
    const refused = answers.find(({ status }) => status !== 200);
    if (refused !== undefined) return failed('status', refused);
    const wrong = answers.find((answer) => !rightNames(answer.url).has(hostnameOf(answer) ?? ''));
    if (wrong !== undefined) return failed('wrong-responder', wrong);
    const other = answers.find((answer) => hostnameOf(answer) !== hostnameOf(answers[0] ?? answer));
    if (options.samePod && other !== undefined) return failed('other-pod', other);
    return { status: 'pass', expected, seen: summaryOf(answers) };
  },
});

function expectedOf({ by, samePod }: z.output<typeof optionsSchema>, names: ReadonlySet<string>): Text {
  if (by === 'target')
    return { en: 'every request answered by the pod that has the address', ko: '모든 요청에 그 주소를 가진 파드가 응답' };
  const list = [...names].join(', ');
  return samePod
    ? { en: `every request answered by the same one of ${list}`, ko: `모든 요청에 다음 중 같은 하나가 응답: ${list}` }
    : { en: `every request answered by one of ${list}`, ko: `모든 요청에 다음 중 하나가 응답: ${list}` };
}

/** The names of the pods that may answer a request to a URL. */
function responders(by: string, { view, scene }: LabEvidence): (url: string) => ReadonlySet<string> {
  if (by !== 'target') {
    const names = new Set(scene.backends(by).map(({ name }) => name));
    return () => names;
  }
  const pods = view.objects(objects).filter(isPod);
  return (url) => new Set(pods.filter(({ status }) => status?.podIP === hostOf(url)).map(({ metadata }) => metadata.name));
}

/** curl takes a URL without a scheme for HTTP. */
function hostOf(url: string): string {
  const whole = url.includes('://') ? url : `http://${url}`;
  return URL.canParse(whole) ? new URL(whole).hostname : '';
}

function summaryOf(answers: readonly Answer[]): Text {
  const good = answered(answers);
  const by = good.length === 0 ? '' : `: ${talliedHostnames(good)}`;
  return {
    en: `${good.length} of ${plural(answers.length, 'request')} answered${by}`,
    ko: `요청 ${answers.length}개 중 ${good.length}개 응답${by}`,
  };
}
