import { z } from 'zod';
import type { Detail } from '../core/check.js';
import { same, type Text } from '../core/text.js';
import type { Scene } from '../scene/scene.js';
import { defineCheck, type Finding } from './lab-check.js';
import { factsOf, type ModeFacts } from './mode-facts.js';
import { answersOption, clientOption, objects, placesOption, rulesOption, serviceOption, tableOption, wireOption } from './options.js';

const optionsSchema = z.strictObject({
  on: placesOption('connections are translated and remembered'),
  service: serviceOption,
  client: clientOption,
  sticky: z.string().min(1).exactOptional().describe('The observation that holds the answers of a Service with session affinity'),
  answers: answersOption,
  wire: wireOption,
  table: tableOption,
  rules: rulesOption,
});

type ModesOptions = z.output<typeof optionsSchema>;

type Reason = 'answers' | 'source' | 'place' | 'conntrack' | 'affinity';

/**
 * What a client and a pod can notice of a Service is the same in every proxy mode: whether requests are answered, whom the pod takes for its client, where
 * the destination is translated and how conntrack remembers it, and that a known client stays with its pod. How the mode decides may differ, and is shown.
 */
export const modesAgreeCheck = defineCheck({
  kind: 'modes-agree',
  optionsSchema,
  reasons: ['answers', 'source', 'place', 'conntrack', 'affinity'],
  acrossModes: true,
  observations: ({ sticky, answers, wire, table, rules }) => [
    answers,
    ...(sticky === undefined ? [] : [sticky]),
    wire,
    table,
    rules,
    objects,
  ],
  judge({ options, evidence: { view, scene } }) {
    const modes = view.modes.flatMap(({ mode, lacking }) =>
      lacking === undefined ? [{ mode, facts: factsOf(view.inMode(mode), scene, options) }] : [],
    );
    const details = [tableOf(view.modes, modes, options)];
    const expected = expectedOf(scene, options);
    for (const [reason, pick, isRight] of rowsOf(scene, options)) {
      const wrong = modes.find(({ facts }) => !isRight(facts));
      const other = modes.find(({ facts }) => pick(facts) !== pick(modes[0]?.facts ?? facts));
      const shown = wrong ?? other;
      if (shown === undefined) continue;
      const seen = modes.map(({ mode, facts }) => `${mode} ${pick(facts)}`).join(', ');
      return {
        status: 'fail',
        reason,
        expected,
        seen: { en: `${reason}: ${seen}`, ko: `${reason}: ${seen}` },
        details,
      } satisfies Finding<Reason>;
    }
    return { status: 'pass', expected, seen: seenOf(view.modes, modes[0]?.facts), details };
  },
});

type Row = readonly [reason: Reason, pick: (facts: ModeFacts) => string, isRight: (facts: ModeFacts) => boolean];

/** What must be the same, and what it must be in any mode. */
function rowsOf(scene: Scene, { client, sticky }: ModesOptions): readonly Row[] {
  const { address } = scene.pod(client);
  return [
    ['answers', ({ answered, asked }) => `${answered}/${asked}`, ({ answered, asked }) => asked > 0 && answered === asked],
    ['source', ({ source }) => source, ({ source }) => source === address],
    ['place', ({ place, between }) => `${place} ${between}`, ({ place }) => place !== ''],
    ['conntrack', ({ original, reply }) => `${original}, ${reply}`, ({ original }) => original !== ''],
    ...(sticky === undefined ? [] : [stickyRow]),
  ];
}

const stickyRow: Row = ['affinity', ({ stickyPods }) => String(stickyPods), ({ stickyPods }) => stickyPods === 1];

function expectedOf(scene: Scene, { client, sticky }: ModesOptions): Text {
  const { address } = scene.pod(client);
  return {
    en: `in every mode: all requests answered, ${address} as the source at the pod, translated in the same place and remembered alike${
      sticky === undefined ? '' : ', a known client with one pod'
    }`,
    ko: `모든 모드에서: 요청 전부 응답, 파드가 보는 출발지 ${address}, 같은 곳에서 변환, conntrack 항목도 같음${
      sticky === undefined ? '' : ', 아는 클라이언트는 한 파드로'
    }`,
  };
}

function seenOf(all: readonly { readonly mode: string; readonly lacking: Text | undefined }[], facts: ModeFacts | undefined): Text {
  const there = all.filter(({ lacking }) => lacking === undefined).map(({ mode }) => mode);
  const lacking = all.flatMap(({ mode, lacking: why }) => (why === undefined ? [] : [{ mode, why }]));
  const same = `${there.join(' = ')}: ${facts?.answered}/${facts?.asked}, ${facts?.source}, ${facts?.place}, ${facts?.original}, ${facts?.reply}`;
  return {
    en: [same, ...lacking.map(({ mode, why }) => `${mode}: not available: ${why.en}`)].join('; '),
    ko: [same, ...lacking.map(({ mode, why }) => `${mode}: 쓸 수 없음: ${why.ko}`)].join('; '),
  };
}

/** A column for each mode; first what must not differ, then what may. */
function tableOf(
  all: readonly { readonly mode: string }[],
  modes: readonly { readonly mode: string; readonly facts: ModeFacts }[],
  { sticky }: ModesOptions,
): Detail {
  const rows: readonly (readonly [Text, (facts: ModeFacts) => string])[] = [
    [{ en: 'answered', ko: '응답' }, ({ answered, asked }) => `${answered}/${asked}`],
    [{ en: 'source at the pod', ko: '파드가 보는 출발지' }, ({ source }) => source],
    [{ en: 'translated at', ko: '변환된 곳' }, ({ place }) => place],
    [{ en: 'between', ko: '변환된 구간' }, ({ between }) => between],
    [{ en: 'conntrack', ko: 'conntrack' }, ({ original }) => original],
    [{ en: 'conntrack, reply', ko: 'conntrack 응답 방향' }, ({ reply }) => reply],
    ...(sticky === undefined ? [] : [stickyLine]),
    [{ en: 'decided by', ko: '고르는 것' }, ({ decides }) => decides],
    [{ en: 'counted by its rules', ko: '규칙이 센 수' }, ({ counted }) => counted],
  ];
  const factsOfMode = (mode: string) => modes.find((one) => one.mode === mode)?.facts;
  return {
    kind: 'table',
    columns: [{ en: '', ko: '' }, ...all.map(({ mode }) => same(mode))],
    rows: rows.map(([title, pick]) => [title, ...all.map(({ mode }) => of(factsOfMode(mode), pick))]),
  };
}

const stickyLine: readonly [Text, (facts: ModeFacts) => string] = [
  { en: 'pods for a known client', ko: '아는 클라이언트를 맡은 파드' },
  ({ stickyPods }) => String(stickyPods),
];

function of(facts: ModeFacts | undefined, pick: (facts: ModeFacts) => string): string {
  return facts === undefined ? '-' : pick(facts) || '-';
}
