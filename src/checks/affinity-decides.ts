import { z } from 'zod';
import { UsageError } from '../core/errors.js';
import type { Text } from '../core/text.js';
import type { Answer } from '../evidence/answers.js';
import { UnsoundEvidence } from '../evidence/unsound.js';
import { serviceRules } from '../proxy/service-rules.js';
import { countedPlaces, packetsOf } from './counted.js';
import { defineCheck } from './lab-check.js';
import { answersOption, objects, placesOption, rulesOption, serviceOption } from './options.js';
import { answered } from './responders.js';
import { plural, signed } from './wording.js';

const optionsSchema = z.strictObject({
  on: placesOption("the rules are counted: one node, the client's"),
  service: serviceOption,
  by: z
    .enum(['memory', 'chance'])
    .describe('Which of the rules gives these connections their pod: those that look for the client, or the cascade'),
  seconds: z.int().min(1).describe('For how many seconds a client is remembered'),
  since: z.string().min(1).describe('The observation that holds the answers of the connections before'),
  answers: answersOption,
  between: z
    .tuple([z.string().min(1), z.string().min(1)])
    .default(['before', 'after'])
    .describe('The readings of the rules between which the connections were made, by their names'),
  rules: rulesOption,
});

type Reason = 'control' | 'bypassed' | 'forgotten' | 'remembered';

/**
 * Who decided about connections of a client that the Service knows: within the timeout the rules that look for it (`recent --rcheck`), after it the
 * cascade. The rules' counters say so, which no connection of the probe's own disturbs; the clock of the requests says whether the time had
 * passed, so that a machine that took too long proves nothing, and is not called wrong.
 */
export const affinityDecidesCheck = defineCheck({
  kind: 'affinity-decides',
  optionsSchema,
  reasons: ['control', 'bypassed', 'forgotten', 'remembered'],
  observations: ({ rules, answers, since }) => [rules, answers, since, objects],
  judge({ options, evidence: { view, scene } }) {
    const { chain } = scene.service(options.service);
    const [counted, other] = countedPlaces(view, options.rules, scene.places(options.on), options.between);
    if (counted === undefined || other !== undefined) throw new UsageError(`'${options.on}' is not one place`);
    const moved = (sticky: boolean) =>
      packetsOf(
        counted.moved('nat', (ruleset) =>
          serviceRules(ruleset, chain)
            .cascade.filter((step) => step.sticky === sticky)
            .map(({ rule }) => rule),
        ),
      );
    const packets = { memory: moved(true), chance: moved(false) };
    const connections = answered(view.answers(options.answers).answers);
    const earlier = answered(view.answers(options.since).answers);
    const n = connections.length;
    const wait = waited(earlier, connections);
    const expected: Text =
      options.by === 'memory'
        ? {
            en: `within ${options.seconds} s: --rcheck ${signed(n)}, the cascade +0`,
            ko: `${options.seconds}초 안: --rcheck ${signed(n)}, 사슬 +0`,
          }
        : {
            en: `after ${options.seconds} s: --rcheck +0, the cascade ${signed(n)}`,
            ko: `${options.seconds}초 뒤: --rcheck +0, 사슬 ${signed(n)}`,
          };
    const seen: Text = {
      en: `${plural(n, 'connection')} after ${secondsText(wait)} s: --rcheck ${signed(packets.memory)}, the cascade ${signed(packets.chance)}`,
      ko: `${secondsText(wait)}초 만에 연결 ${n}개: --rcheck ${signed(packets.memory)}, 사슬 ${signed(packets.chance)}`,
    };
    const fail = (reason: Reason) => ({ status: 'fail', reason, expected, seen }) as const;

    if (n === 0 || earlier.length === 0) return fail('control');
    if (packets.memory + packets.chance !== n) return fail('bypassed');
    const limit = options.seconds * 1e6;
    if (options.by === 'memory' && wait.longest >= limit) return tooLate(expected, seen);
    if (options.by === 'chance' && (wait.shortest <= limit || n !== 1)) return tooEarly(expected, seen);
    if (options.by === 'memory' && packets.chance > 0) return fail('forgotten');
    if (options.by === 'chance' && packets.memory > 0) return fail('remembered');
    return { status: 'pass', expected, seen };
  },
});

/** Microseconds from one connection to the next: at most, of all of them; at least, of the first. A connection begins while its request runs. */
interface Waited {
  readonly longest: number;
  readonly shortest: number;
}

function waited(earlier: readonly Answer[], connections: readonly Answer[]): Waited {
  const [last] = earlier.slice(-1);
  const [first] = connections;
  if (last === undefined || first === undefined) return { longest: 0, shortest: 0 };
  const gaps = connections.map((answer, i) => timesOf(answer).endedBy - timesOf(connections[i - 1] ?? last).started);
  return { longest: Math.max(...gaps), shortest: timesOf(first).started - timesOf(last).endedBy };
}

function timesOf({ startedAtUs, endedByUs }: Answer): { readonly started: number; readonly endedBy: number } {
  if (startedAtUs !== undefined && endedByUs !== undefined) return { started: startedAtUs, endedBy: endedByUs };
  throw new UnsoundEvidence({ en: 'the answers do not say when they were asked for', ko: '응답에 요청한 시각이 없습니다' });
}

function secondsText({ shortest }: Waited): string {
  return (Math.max(0, shortest) / 1e6).toFixed(1);
}

function tooLate(expected: Text, seen: Text) {
  const why = {
    en: 'this machine took so long that the client may have been forgotten meanwhile',
    ko: '이 컴퓨터에서 시간이 너무 걸려 그 사이에 클라이언트를 잊었을 수 있습니다',
  };
  return { status: 'inconclusive', why, expected, seen } as const;
}

function tooEarly(expected: Text, seen: Text) {
  const why = {
    en: 'this takes one connection, made when the time has passed since the last',
    ko: '마지막 연결에서 그 시간이 지난 뒤 맺은 연결 하나가 필요합니다',
  };
  return { status: 'inconclusive', why, expected, seen } as const;
}
