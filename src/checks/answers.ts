import { z } from 'zod';
import type { Text } from '../core/text.js';
import { type Answer, askedHostnameOf, hostnameOf } from '../evidence/answers.js';
import { isPod } from '../objects/guards.js';
import { roleExpression } from '../schema/roles.js';
import { judgeSilence } from './answers-silence.js';
import { askedEnd, askedNode } from './asked.js';
import { defineCheck, type Finding, type LabEvidence } from './lab-check.js';
import { answersOption, objects } from './options.js';
import { answered, outcomeOf, talliedHostnames } from './responders.js';
import { notAsked, silenceOf } from './silence.js';
import { plural } from './wording.js';

const optionsSchema = z
  .strictObject({
    answers: answersOption,
    by: z
      .union([z.literal(['target', 'nobody']), roleExpression('A role that names endpoints')])
      .describe("Who must have answered: one of a role's pods, with 'target' the pod that has the address asked, or 'nobody'"),
    local: z
      .boolean()
      .default(false)
      .describe("Only nodes with such a pod answer, each by a pod of its own; requests to the other nodes' addresses get no answer"),
    hostname: z.boolean().default(false).describe("The answer's JSON names as `hostname` the host that was asked"),
    samePod: z.boolean().default(false).describe('All of the answers come from one and the same pod'),
    control: z
      .string()
      .min(1)
      .exactOptional()
      .describe("The observation whose requests were answered meanwhile: with 'nobody', silence alone proves nothing"),
  })
  .refine(({ by, control }) => (by === 'nobody') === (control !== undefined), {
    message: "'control' goes with by: nobody",
    path: ['control'],
  })
  .refine(({ by, local }) => !local || !['target', 'nobody'].includes(by), {
    message: "'local' needs a role that names endpoints",
    path: ['local'],
  });

type Options = z.output<typeof optionsSchema>;
type Reason = 'no-answer' | 'status' | 'wrong-responder' | 'hostname' | 'answered' | 'control' | 'other-pod';

/** Every request was answered, by a pod that should; or none was, where nobody should. */
export const answersCheck = defineCheck({
  kind: 'answers',
  optionsSchema,
  reasons: ['no-answer', 'status', 'wrong-responder', 'hostname', 'answered', 'control', 'other-pod'],
  observations: ({ answers, control }) => [answers, ...(control === undefined ? [] : [control]), objects],
  judge({ options, evidence }) {
    const { answers } = evidence.view.answers(options.answers);
    if (options.control !== undefined) return judgeSilence(answers, evidence.view.answers(options.control).answers);
    const mayAnswer = responders(options, evidence);
    const expected = expectedOf(options, evidence);
    const failed = (reason: Reason, culprit: Text): Finding<Reason> => {
      const summary = summaryOf(answers);
      return { status: 'fail', reason, expected, seen: { en: `${summary.en}; ${culprit.en}`, ko: `${summary.ko}. ${culprit.ko}` } };
    };
    if (answers.length === 0) return failed('no-answer', { en: 'no request was made', ko: '요청이 하나도 없음' });
    if (!options.local && options.by !== 'target' && evidence.scene.backends(options.by).length === 0)
      return failed('no-answer', nobodyThere);
    const should = answers.filter((answer) => !options.local || mayAnswer(answer).size > 0);
    const shouldNot = answers.filter((answer) => !should.includes(answer));

    const silent = should.find(({ exitCode }) => exitCode !== 0);
    if (silent !== undefined) return failed('no-answer', outcomeOf(silent));
    const refused = should.find(({ status }) => status !== 200);
    if (refused !== undefined) return failed('status', outcomeOf(refused));
    const loud = shouldNot.find((answer) => silenceOf(answer) === 'answered');
    if (loud !== undefined) return failed('answered', outcomeOf(loud));
    const why = notAsked(shouldNot);
    if (why !== undefined) return { status: 'inconclusive', why, expected, seen: why };
    const wrong = should.find((answer) => !mayAnswer(answer).has(hostnameOf(answer) ?? ''));
    if (wrong !== undefined) return failed('wrong-responder', outcomeOf(wrong));
    const other = options.samePod ? should.find((answer) => hostnameOf(answer) !== hostnameOf(should[0] ?? answer)) : undefined;
    if (other !== undefined) return failed('other-pod', outcomeOf(other));
    const misnamed = options.hostname ? should.find((answer) => askedHostnameOf(answer) !== askedEnd(answer).address) : undefined;
    if (misnamed !== undefined) return failed('hostname', namedAs(misnamed));
    if (options.local && (should.length === 0 || shouldNot.length === 0)) return failed('control', oneKind);
    return { status: 'pass', expected, seen: summaryOf(answers) };
  },
});

/** The names of the pods that may answer a request. */
function responders({ by, local }: Options, { view, scene }: LabEvidence): (answer: Answer) => ReadonlySet<string> {
  if (by !== 'target') {
    const backends = scene.backends(by);
    const names = (at?: string) => new Set(backends.filter(({ node }) => at === undefined || node.name === at).map(({ name }) => name));
    const all = names();
    return (answer) => (local ? names(askedNode(answer, scene)?.name ?? '') : all);
  }
  const pods = view.objects(objects).filter(isPod);
  return (answer) => new Set(pods.filter(({ status }) => status?.podIP === askedEnd(answer).address).map(({ metadata }) => metadata.name));
}

const nobodyThere: Text = { en: 'the Service has no ready endpoint', ko: '서비스에 준비된 엔드포인트가 없음' };
const oneKind: Text = {
  en: 'nodes with such a pod and nodes without one must both have been asked',
  ko: '그런 파드가 있는 노드와 없는 노드 모두에 물어보아야 함',
};

function expectedOf({ by, local, samePod, hostname }: Options, { scene }: LabEvidence): Text {
  const who = expectedBy(by, local, samePod, scene);
  return hostname ? { en: `${who.en}, which names the host that was asked`, ko: `${who.ko}, 응답에는 요청한 호스트의 이름이 있음` } : who;
}

function expectedBy(by: string, local: boolean, samePod: boolean, scene: LabEvidence['scene']): Text {
  if (by === 'target')
    return { en: 'every request answered by the pod that has the address', ko: '모든 요청에 그 주소를 가진 파드가 응답' };
  const backends = scene.backends(by);
  if (backends.length === 0) return { en: 'every request answered by a pod of the Service', ko: '모든 요청에 서비스의 파드가 응답' };
  if (local) {
    const nodes = [...new Set(backends.map(({ node }) => node.name))].join(', ');
    return { en: `answers from ${nodes} alone, each by a pod of its own`, ko: `${nodes}만 저마다 자기 파드로 응답` };
  }
  const names = backends.map(({ name }) => name).join(', ');
  if (samePod) return { en: `every request answered by the same one of ${names}`, ko: `모든 요청에 다음 중 같은 하나가 응답: ${names}` };
  return { en: `every request answered by one of ${names}`, ko: `모든 요청에 다음 중 하나가 응답: ${names}` };
}

function namedAs(answer: Answer): Text {
  const named = askedHostnameOf(answer);
  return {
    en: `the answer to ${answer.url} ${named === undefined ? 'has no hostname' : `has the hostname ${named}`}`,
    ko: `${answer.url}의 응답에 ${named === undefined ? 'hostname이 없음' : `적힌 hostname은 ${named}`}`,
  };
}

function summaryOf(answers: readonly Answer[]): Text {
  const good = answered(answers);
  const by = good.length === 0 ? '' : `: ${talliedHostnames(good)}`;
  return {
    en: `${good.length} of ${plural(answers.length, 'request')} answered${by}`,
    ko: `요청 ${answers.length}개 중 ${good.length}개 응답${by}`,
  };
}
