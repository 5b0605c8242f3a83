import { z } from 'zod';
import type { Detail } from '../core/check.js';
import type { Text } from '../core/text.js';
import { type Flow, newFlows } from '../evidence/conntrack.js';
import { newConnections } from '../evidence/follow.js';
import type { TcpPacket } from '../evidence/packet.js';
import type { CaptureView } from '../evidence/view.js';
import { rulesOf } from '../proxy/model.js';
import { dnatDestination } from '../proxy/rule-parts.js';
import type { Backend, ScenePod } from '../scene/scene.js';
import { atPlaces } from './at-places.js';
import { uplink } from './connections.js';
import { type CountedPlace, countedPlaces, packetsOf } from './counted.js';
import { oddColumn } from './four-columns.js';
import { defineCheck } from './lab-check.js';
import { answersOption, clientOption, objects, placesOption, rulesOption, serviceOption, tableOption, wireOption } from './options.js';
import {
  answered,
  askedTwiceText,
  countByPod,
  isOneOf,
  mayHaveAskedTwice,
  portUsedTwice,
  rememberedPorts,
  rememberedText,
} from './responders.js';
import { plural } from './wording.js';

const optionsSchema = z.strictObject({
  on: placesOption("the Service's rules translate: the client's node"),
  service: serviceOption,
  rules: rulesOption,
  table: tableOption,
  wire: wireOption,
  answers: answersOption,
  client: clientOption,
});

/**
 * Four independent counts of new connections agree for every endpoint: answers with its hostname, its DNAT rule's counter, new conntrack entries
 * whose reply comes from it, and distinct SYNs that went out on its wire. `oddColumn` says which reason a difference has.
 */
export const fourCountsCheck = defineCheck({
  kind: 'four-counts',
  optionsSchema,
  reasons: ['answers', 'dnat', 'conntrack', 'syn', 'disagree'],
  observations: ({ rules, table, wire, answers }) => [answers, rules, table, wire, objects],
  judge({ options, evidence: { view, scene } }) {
    const backends = scene.backends(options.service);
    const client = scene.pod(options.client);
    const places = scene.places(options.on);
    const { answers } = view.answers(options.answers);
    const good = answered(answers);
    const rules = countedPlaces(view, options.rules, places);
    const tables = atPlaces(view.flows(options.table), places, options.table);
    const isAsked = isOneOf(answers);
    const fresh = tables.flatMap(({ before, after }) => newFlows(before, after, isAsked));
    const nodes = [...new Set(backends.map(({ node }) => node.place))];
    const captures = atPlaces(view.captures(options.wire), nodes, options.wire);
    const sent = sequenceNumbers(view.captures(options.wire), client);
    const columns = {
      answers: countByPod(good, backends),
      dnat: backends.map((backend) => dnatCount(rules, backend)),
      conntrack: backends.map((backend) => entryCount(fresh, backend, client)),
      syn: backends.map((backend) => synCount(captures, backend, sent)),
    };
    const found = {
      expected: {
        en: `the same number in all four columns for each of ${plural(backends.length, 'pod')}`,
        ko: `파드 ${backends.length}개 모두 네 가지 수가 같음`,
      },
      seen: seenOf(columns, answers.length),
      details: [tableOf(backends, columns)],
    };
    const again = portUsedTwice(good);
    if (again !== undefined) return { status: 'inconclusive', why: again, ...found };
    const odd = oddColumn(columns);
    const untold = rememberedPorts(good, tables, fresh);
    const missing = good.length - columns.conntrack.reduce((sum, count) => sum + count, 0);
    if (odd === 'conntrack' && untold.length > 0 && untold.length === missing)
      return { status: 'inconclusive', why: rememberedText(untold), ...found };
    const late = mayHaveAskedTwice(good);
    if (odd !== undefined && late.length > 0 && (odd === 'disagree' || spread(columns) <= late.length))
      return { status: 'inconclusive', why: askedTwiceText(late), ...found };
    if (odd !== undefined) return { status: 'fail', reason: odd, ...found };
    // A request that nobody answered, or a stranger did, is in no column that it should be in.
    const counted = columns.answers.reduce((sum, count) => sum + count, 0);
    if (counted === 0 || counted !== answers.length) return { status: 'fail', reason: 'answers', ...found };
    return { status: 'pass', ...found };
  },
});

function dnatCount(places: readonly CountedPlace[], { chain, address, port }: Backend): number {
  const isOwn = (destination: string | undefined) => destination === `${address}:${port}`;
  return places.reduce(
    (sum, place) =>
      sum + packetsOf(place.moved('nat', (ruleset) => rulesOf(ruleset, 'nat', chain).filter((rule) => isOwn(dnatDestination(rule))))),
    0,
  );
}

function entryCount(fresh: readonly Flow[], { address, port }: Backend, client: ScenePod): number {
  return fresh.filter(({ original, reply }) => original.src === client.address && reply.src === address && reply.sport === port).length;
}

/** Initial sequence numbers of the client's connections: what tells them on a pod's wire from those of others, kubelet's probes among them, also where NAT hides the client. */
function sequenceNumbers(captures: readonly CaptureView[], client: ScenePod): ReadonlySet<number> {
  const own = captures.flatMap(({ packets }) => newConnections(packets, ({ source }) => source === client.address));
  return new Set(own.map(({ seq }) => seq));
}

/** Only those on a pod's wire: a SYN that leaves by the uplink is on its way to another node. */
function synCount(captures: readonly CaptureView[], { address, port, node }: Backend, sent: ReadonlySet<number>): number {
  const capture = captures.find(({ place }) => place === node.place);
  if (capture === undefined) return 0;
  const onWire = (syn: TcpPacket) => syn.direction === 'out' && capture.links.get(syn.ifindex ?? 0) !== uplink && sent.has(syn.seq);
  return newConnections(capture.packets, (syn) => onWire(syn) && syn.destination === address && syn.destinationPort === port).length;
}

type Columns = Parameters<typeof oddColumn>[0];

/** How far apart the counts of one pod are, at most. */
function spread(columns: Columns): number {
  const perPod = columns.answers.map((_, i) => Object.values(columns).map((counts) => counts[i] ?? 0));
  return Math.max(...perPod.map((counts) => Math.max(...counts) - Math.min(...counts)));
}

function seenOf({ answers, dnat, conntrack, syn }: Columns, requests: number): Text {
  const list = (counts: readonly number[]) => counts.join('/');
  return {
    en: `${plural(requests, 'request')}: answers ${list(answers)}, DNAT ${list(dnat)}, conntrack ${list(conntrack)}, SYN ${list(syn)}`,
    ko: `요청 ${requests}개: 응답 ${list(answers)}, DNAT ${list(dnat)}, conntrack ${list(conntrack)}, SYN ${list(syn)}`,
  };
}

function tableOf(backends: readonly Backend[], { answers, dnat, conntrack, syn }: Columns): Detail {
  return {
    kind: 'table',
    columns: [
      { en: 'pod', ko: '파드' },
      { en: 'answers', ko: '응답' },
      { en: 'DNAT', ko: 'DNAT' },
      { en: 'conntrack', ko: 'conntrack' },
      { en: 'SYN', ko: 'SYN' },
    ],
    rows: backends.map(({ name }, i) => [name, ...[answers, dnat, conntrack, syn].map((counts) => String(counts[i]))]),
  };
}
