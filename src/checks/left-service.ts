import { z } from 'zod';
import type { Detail } from '../core/check.js';
import { placeName } from '../core/executor.js';
import type { Text } from '../core/text.js';
import { type Answer, hostnameOf } from '../evidence/answers.js';
import { UnsoundEvidence } from '../evidence/unsound.js';
import type { Ruleset } from '../proxy/model.js';
import { serviceRules } from '../proxy/service-rules.js';
import { roleExpression } from '../schema/roles.js';
import { countedPlaces } from './counted.js';
import { defineCheck, type LabEvidence } from './lab-check.js';
import { explainLoss, type Loss } from './lost-request.js';
import { answersOption, clientOption, objects, placesOption, rulesOption, serviceOption } from './options.js';
import { answered, outcomeOf, talliedHostnames } from './responders.js';
import { joined, plural } from './wording.js';

const optionsSchema = z.strictObject({
  pod: roleExpression('The role of the pod that leaves'),
  service: serviceOption,
  on: placesOption('the rules are read'),
  failures: z
    .enum(['none', 'explained'])
    .default('none')
    .describe("Whether a request may fail: 'explained' where it had been sent to the pod that was gone, as the captures show"),
  unreached: z.boolean().default(false).describe('All requests were made after the pod had left: none of them is answered by it'),
  between: z
    .tuple([z.string().min(1), z.string().min(1)])
    .default(['before', 'after'])
    .describe('The readings of the rules between which the pod left, by their names'),
  rules: rulesOption,
  answers: answersOption,
  wire: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The captures that show where a failed request was sent; 'wire' where failures are to be explained, none where no request may fail",
    ),
  client: clientOption,
});

type Options = z.output<typeof optionsSchema>;
type Reason = 'control' | 'rule-stays' | 'answered' | 'failed' | 'unexplained';

/**
 * A pod that was an endpoint of the Service is one no more: the rules that led to it are gone, and the requests made meanwhile did not suffer, or
 * only those that the pod's going explains.
 */
export const leftServiceCheck = defineCheck({
  kind: 'left-service',
  optionsSchema,
  reasons: ['control', 'rule-stays', 'answered', 'failed', 'unexplained'],
  observations: (options) => [options.rules, options.answers, objects, ...wireOf(options)],
  judge({ options, evidence }) {
    const { view, scene } = evidence;
    const pod = scene.pod(options.pod);
    const { chain } = scene.service(options.service);
    const places = countedPlaces(view, options.rules, scene.places(options.on), options.between);
    const absent = places.find(({ before }) => !leadsTo(before, chain, pod.address));
    if (absent !== undefined) {
      throw new UnsoundEvidence({
        en: `${placeName(absent.place)} had no rule for ${pod.name} to begin with`,
        ko: `${placeName(absent.place)}에 처음부터 ${pod.name}의 규칙이 없었습니다`,
      });
    }
    const { answers } = view.answers(options.answers);
    const good = answered(answers);
    const failed = answers.filter((answer) => !good.includes(answer));
    const expected = expectedOf(options, pod.name, chain, answers.length);
    const counts: Text = {
      en: `${good.length} of ${plural(answers.length, 'request')} answered: ${talliedHostnames(good)}`,
      ko: `요청 ${answers.length}개 중 ${good.length}개 응답: ${talliedHostnames(good)}`,
    };
    const fail = (reason: Reason, what: Text, details: readonly Detail[] = []) =>
      ({ status: 'fail', reason, expected, seen: joined([counts, what], '; '), details }) as const;

    const last = good.findLast((answer) => hostnameOf(answer) === pod.name)?.index ?? -1;
    if (!good.some((answer) => hostnameOf(answer) !== pod.name))
      return fail('control', { en: 'no other pod answered', ko: '다른 파드의 응답이 없음' });
    const stays = places.find(({ after }) => leadsTo(after, chain, pod.address));
    if (stays !== undefined) {
      const node = placeName(stays.place);
      return fail('rule-stays', { en: `${node} still leads to ${pod.name}`, ko: `${node}의 규칙이 아직 ${pod.name}로 이어짐` });
    }
    if (options.unreached && last >= 0) return fail('answered', { en: `${pod.name} still answered`, ko: `${pod.name}이 여전히 응답함` });
    const [first] = failed;
    const [wire] = wireOf(options);
    const losses = first === undefined || wire === undefined ? [] : lossesOf(failed, answers, last, { ...options, wire }, evidence);
    const details = detailsOf(failed, losses, answers);
    if (first !== undefined && options.failures === 'none')
      return fail('failed', joined([outcomeOf(first), ...losses.slice(0, 1).map(({ story }) => story)], ': '), details);
    const puzzle = losses.findIndex(({ explained }) => !explained);
    if (puzzle >= 0) {
      const outcome = outcomeOf(failed[puzzle] as Answer);
      return fail('unexplained', joined([outcome, losses[puzzle]?.story ?? outcome], ': '), details);
    }
    const lost: Text =
      failed.length === 0
        ? { en: 'none failed', ko: '실패 없음' }
        : {
            en: `${failed.length} failed, sent to ${pod.name} when it was gone`,
            ko: `${failed.length}개 실패: 사라진 ${pod.name}로 간 것`,
          };
    return { status: 'pass', expected, seen: joined([counts, lost], '; '), details };
  },
});

function wireOf({ failures, wire }: Options): readonly string[] {
  if (wire !== undefined) return [wire];
  return failures === 'explained' ? ['wire'] : [];
}

function leadsTo(ruleset: Ruleset, chain: string, address: string): boolean {
  return serviceRules(ruleset, chain).endpoints.some(({ destination }) => destination?.startsWith(`${address}:`));
}

function lossesOf(
  failed: readonly Answer[],
  answers: readonly Answer[],
  lastOfPod: number,
  options: Options & { readonly wire: string },
  { view, scene }: LabEvidence,
): readonly Loss[] {
  const captures = view.captures(options.wire);
  const by = {
    client: scene.pod(options.client).address,
    service: scene.service(options.service).address,
    pod: scene.pod(options.pod),
  };
  return failed.map((answer) => explainLoss(answer, answers, lastOfPod, captures, by));
}

function expectedOf({ failures, unreached }: Options, pod: string, chain: string, requests: number): Text {
  const gone = { en: `${chain} leads to ${pod} no more`, ko: `${chain}이 더는 ${pod}로 이어지지 않음` };
  if (unreached)
    return joined([gone, { en: `none of ${requests} requests answered by it`, ko: `요청 ${requests}개 중 그 파드의 응답 없음` }], '; ');
  if (failures === 'none') return joined([gone, { en: `all of ${requests} requests answered`, ko: `요청 ${requests}개 모두 응답` }], '; ');
  const blamed = {
    en: `of ${requests} requests only those fail that were sent to it when it was gone`,
    ko: `요청 ${requests}개 중 사라진 그 파드로 간 것만 실패`,
  };
  return joined([gone, blamed], '; ');
}

function detailsOf(failed: readonly Answer[], losses: readonly Loss[], answers: readonly Answer[]): readonly Detail[] {
  if (losses.length === 0) return [];
  const begin = answers[0]?.startedAtUs ?? 0;
  const rows = losses.map(({ sentTo, begun }, i) => {
    const answer = failed[i];
    const after = ((answer?.startedAtUs ?? begin) - begin) / 1e6;
    return [String((answer?.index ?? 0) + 1), `${after.toFixed(3)} s`, String(answer?.exitCode ?? ''), sentTo, begun ? 'SYN-ACK' : '-'];
  });
  const columns = [
    { en: 'request', ko: '요청' },
    { en: 'after', ko: '시각' },
    { en: 'curl exit', ko: 'curl 종료 코드' },
    { en: 'sent to', ko: '간 곳' },
    { en: 'SYN answered', ko: 'SYN의 응답' },
  ];
  return [{ kind: 'table', columns, rows }];
}
