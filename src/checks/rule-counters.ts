import { z } from 'zod';
import type { Detail } from '../core/check.js';
import { placeName } from '../core/executor.js';
import type { Text } from '../core/text.js';
import type { RuleDelta } from '../proxy/delta.js';
import { targetOf } from '../proxy/rule-parts.js';
import type { SceneService } from '../scene/scene.js';
import { askedNode, entering } from './asked.js';
import { nodePortTargets, portalTargets } from './cascade.js';
import { type CountedPlace, countedPlaces, packetsOf } from './counted.js';
import { defineCheck, type Finding } from './lab-check.js';
import { answersOption, clientOption, objects, placesOption, rulesOption, serviceOption } from './options.js';
import { answered, askedTwiceText, mayHaveAskedTwice } from './responders.js';
import { silenceOf } from './silence.js';
import { type Counted, type Stop, stopRules, stops } from './stops.js';
import { joined, plural, signed } from './wording.js';

const stopList = z.array(z.enum(stops)).default([]);

const optionsSchema = z
  .strictObject({
    on: placesOption('the rules are counted'),
    service: serviceOption,
    chain: z.string().min(1).exactOptional().describe("The Service's KUBE-SVC or KUBE-EXT chain, where the claim names it"),
    exactly: stopList.describe('Rules of the Service alone: they count the new connections, no more and no less'),
    atLeast: stopList.describe('Rules shared with other traffic: they count the new connections at least'),
    none: stopList.describe("Rules that count nothing, while the Service's rule where the connections come in does count them"),
    unanswered: z.boolean().default(false).describe('Count the requests that got no answer in place of those that did'),
    rules: rulesOption,
    answers: answersOption,
    client: clientOption,
  })
  .refine(
    ({ chain, exactly, atLeast, none }) => chain !== undefined || exactly.length + atLeast.length + none.length > 0,
    'names no rule to count',
  );

type Reason = Stop | 'chain' | 'control';

/** One stop, what it must count, and what it did count at all the places together. */
interface Count {
  readonly stop: Stop;
  readonly rule: 'exactly' | 'at-least' | 'none';
  readonly rows: readonly { readonly at: CountedPlace; readonly delta: RuleDelta }[];
  readonly packets: number;
}

/**
 * What rules counted for the connections that were answered: those that came in by a node of `on`, where a node port was asked. The nat table sees only the first packet of a connection, so its rules count
 * connections. Nothing answered is nothing counted, which proves nothing: that fails for `control`.
 */
export const ruleCountersCheck = defineCheck({
  kind: 'rule-counters',
  optionsSchema,
  reasons: [...stops, 'chain', 'control'],
  observations: ({ rules, answers }) => [rules, answers, objects],
  judge({ options, evidence: { view, scene } }) {
    const service = scene.service(options.service);
    const places = countedPlaces(view, options.rules, scene.places(options.on));
    const requests = entering(
      view.answers(options.answers).answers,
      scene,
      places.map(({ place }) => place),
    );
    const met = options.unanswered ? requests.filter((answer) => silenceOf(answer) === 'silent') : answered(requests);
    const connections = met.length;
    const counts = [
      ...options.exactly.map((stop) => countOf(stop, 'exactly', places, service)),
      ...options.atLeast.map((stop) => countOf(stop, 'at-least', places, service)),
      ...options.none.map((stop) => countOf(stop, 'none', places, service)),
    ];
    const found = {
      expected: joined(
        [
          { en: `for ${plural(connections, 'connection')}: `, ko: `연결 ${connections}개에 대해 ` },
          joined(counts.map(({ stop, rule }) => expectedOf(stop, rule, service, connections))),
        ],
        '',
      ),
      seen: joined(counts.map(({ stop, packets, rows }) => seenOf(stop, packets, rows.length, service))),
      details: detailsOf(counts),
    };
    const fail = (reason: Reason, seen: Text = found.seen): Finding<Reason> => ({ status: 'fail', reason, ...found, seen });

    if (connections === 0) return fail('control', options.unanswered ? noneSilent : noneAnswered);
    const strange = options.chain === undefined ? undefined : otherChain(places, service, options.chain);
    if (strange !== undefined) return fail('chain', strange);
    const wrong = counts.find((count) => !holds(count, connections));
    if (wrong !== undefined) {
      const late = mayHaveAskedTwice(met);
      const explained = (count: Count): boolean => holds(count, connections) || explains(late.length, count, connections);
      if (late.length > 0 && counts.every(explained)) return { status: 'inconclusive', why: askedTwiceText(late), ...found };
      return fail(wrong.stop);
    }
    if (options.none.length > 0) {
      const asked = [...new Set(met.flatMap((answer) => askedNode(answer, scene)?.place ?? []))];
      const stop = asked.length > 0 ? 'node-port' : 'portal';
      const home = countedPlaces(view, options.rules, asked.length > 0 ? asked : [scene.pod(options.client).node.place]);
      const counted = countOf(stop, 'exactly', home, service).packets;
      if (counted !== connections) return fail('control', joined([found.seen, controlText(counted, connections, stop, service)], '; '));
    }
    return { status: 'pass', ...found };
  },
});

const noneAnswered: Text = { en: 'no connection was answered, so there is nothing to count', ko: '응답받은 연결이 없어 셀 것이 없음' };
const noneSilent: Text = { en: 'every request was answered, so there is nothing to count', ko: '모든 요청이 응답을 받아 셀 것이 없음' };

/** What is wrong with the chain that KUBE-SERVICES, or for a KUBE-EXT chain KUBE-NODEPORTS, leads to, if anything is. */
function otherChain(places: readonly CountedPlace[], service: SceneService, named: string): Text | undefined {
  const external = named.startsWith('KUBE-EXT-');
  const leads = places.map(({ after }) => (external ? nodePortTargets(after, service) : portalTargets(after, service)));
  if (leads.every((chains) => chains.length > 0 && chains.every((chain) => chain === named))) return undefined;
  const to = [...new Set(leads.flat())].join(', ');
  const from = external ? 'KUBE-NODEPORTS' : 'KUBE-SERVICES';
  const what = external ? `${service.nodePort}` : `${service.address}:${service.port}`;
  return {
    en: `for ${what}, ${from} leads to ${to || 'no chain'}, not to ${named} everywhere`,
    ko: `${what}에 대해 ${from}가 이어지는 체인: ${to || '없음'}. 모든 곳에서 ${named}인 것은 아님`,
  };
}

function countOf(stop: Stop, rule: Count['rule'], places: readonly CountedPlace[], service: Counted): Count {
  const { tables, rules } = stopRules[stop];
  const moved = (at: CountedPlace) => tables.flatMap((table) => at.moved(table, (ruleset) => rules(ruleset, service)));
  const rows = places.flatMap((at) => moved(at).map((delta) => ({ at, delta })));
  return { stop, rule, rows, packets: packetsOf(rows.map(({ delta }) => delta)) };
}

function holds({ rule, packets }: Count, connections: number): boolean {
  if (rule === 'none') return packets === 0;
  return rule === 'exactly' ? packets === connections : packets >= connections;
}

/** Whether so many requests that asked twice may be what is counted too much. */
function explains(late: number, { rule, packets }: Count, connections: number): boolean {
  return rule === 'exactly' && packets > connections && packets - connections <= late;
}

function expectedOf(stop: Stop, rule: Count['rule'], service: Counted, connections: number): Text {
  const name = stopRules[stop].name(service);
  if (rule === 'none') return { en: `${name.en}: none`, ko: `${name.ko}: 없음` };
  if (rule === 'exactly') return { en: `${name.en}: ${signed(connections)}`, ko: `${name.ko}: ${signed(connections)}` };
  return { en: `${name.en}: at least ${signed(connections)}`, ko: `${name.ko}: ${signed(connections)} 이상` };
}

function seenOf(stop: Stop, packets: number, rules: number, service: Counted): Text {
  const name = stopRules[stop].name(service);
  if (rules === 0) return { en: `${name.en}: there is no such rule`, ko: `${name.ko}: 그런 규칙이 없음` };
  return { en: `${name.en}: ${signed(packets)}`, ko: `${name.ko}: ${signed(packets)}` };
}

function controlText(counted: number, connections: number, stop: 'portal' | 'node-port', service: Counted): Text {
  const name = stopRules[stop].name(service);
  const at =
    stop === 'portal' ? { en: "at the client's node", ko: '클라이언트 노드의' } : { en: 'where they came in', ko: '들어온 노드의' };
  return {
    en: `but ${name.en} counted ${counted} of ${plural(connections, 'connection')} ${at.en}, so that none proves nothing`,
    ko: `그러나 ${at.ko} ${name.ko}가 센 연결은 ${connections}개 중 ${counted}개라서 0이라는 값이 아무것도 증명하지 못함`,
  };
}

/** Rule by rule; of those that should count nothing, only the ones that did. */
function detailsOf(counts: readonly Count[]): readonly Detail[] {
  const shown = counts.flatMap(({ rule, rows }) => rows.filter(({ delta }) => rule !== 'none' || delta.packets > 0));
  const rows = shown.map(({ at, delta }) => [
    placeName(at.place),
    `${delta.rule.chain} -> ${targetOf(delta.rule) ?? '-'}`,
    signed(delta.packets),
  ]);
  const columns = [
    { en: 'node', ko: '노드' },
    { en: 'rule', ko: '규칙' },
    { en: 'packets', ko: '패킷' },
  ];
  return rows.length === 0 ? [] : [{ kind: 'table', columns, rows }];
}
