import { z } from 'zod';
import type { Text } from '../core/text.js';
import type { Answer } from '../evidence/answers.js';
import type { Sighting } from '../evidence/follow.js';
import { roleExpression } from '../schema/roles.js';
import { askedNode } from './asked.js';
import { followAnswer, tupleText } from './connections.js';
import type { End } from './end.js';
import { endsOf, textOfEnds } from './hop-ends.js';
import { type Point, pointOf, sightingsAt, turned } from './hop-points.js';
import { defineCheck, type Finding, type LabEvidence } from './lab-check.js';
import { answersOption, backendsOption, objects, wireOption } from './options.js';
import { pathDetails } from './path-detail.js';
import { outcomeOf, responderOf } from './responders.js';
import { joined, plural } from './wording.js';

const optionsSchema = z.strictObject({
  at: z
    .array(z.union([z.literal('target'), roleExpression('client, client.node, backend or backend.node')]))
    .min(1)
    .describe(
      "Where to look: a pod means the node's end of its veth, a node its eth0; 'backend' is the pod that answered, 'target' the node that was asked",
    ),
  source: z
    .union([z.literal('target'), roleExpression("The role of the client that must be the source there; with .node, its node's address")])
    .describe(
      "The role of the client that must be the source there, with the port that curl used; with .node, its node's address; with 'target', the address by which the node that was asked masquerades: that of the interface it sends the packet on by",
    ),
  destination: z
    .union([z.literal('target'), roleExpression("The role of the Service that must be the destination there, or 'backend'")])
    .describe(
      "The role of the Service that must be the destination there, 'backend' for the pod that answered, or 'target' for what was asked",
    ),
  back: z.boolean().default(false).describe('The SYN-ACK must come back by the same places, with both ends turned round'),
  where: z
    .enum(['here', 'elsewhere'])
    .exactOptional()
    .describe('Only the connections whose pod runs on the node that was asked, or on another one'),
  wire: wireOption,
  answers: answersOption,
  backends: backendsOption,
  path: z.boolean().default(false).describe('Show the whole way of the first connection'),
});

type Reason = 'not-seen' | 'source' | 'destination';

/**
 * Follows the connections of the requests, and asks what each one's SYN looks like at some places of its way. Where both ends of it are wrong, the
 * reason is the destination.
 */
export const hopCheck = defineCheck({
  kind: 'hop',
  optionsSchema,
  reasons: ['not-seen', 'source', 'destination'],
  observations: ({ wire, answers }) => [wire, answers, objects],
  judge({ options, evidence }) {
    const all = evidence.view.answers(options.answers).answers;
    const known = all.filter((answer) => responderOf(answer, evidence.scene.backends(options.backends)) !== undefined);
    // Where nobody answered, there is nothing to choose from, and each is judged for that.
    const answers = options.where === undefined || known.length === 0 ? all : known.filter((answer) => isWhere(options, evidence, answer));
    if (answers.length === 0 && known.length > 0) return { status: 'inconclusive', ...noneThere };
    const findings = answers.map((answer) => judgeOne(options, evidence, answer));
    const [first] = findings;
    if (first === undefined) {
      const expected = { en: 'a connection to follow', ko: '따라갈 연결' };
      return { status: 'fail', reason: 'not-seen', expected, seen: { en: 'no request was made', ko: '요청이 하나도 없음' } };
    }
    // A connection without such a hop is passed over, as long as another has it.
    const shown = findings.find(({ status }) => status === 'fail') ?? findings.find(({ status }) => status === 'pass') ?? first;
    if (answers.length === 1 || shown.status !== 'pass') return shown;
    const head = { en: `all ${plural(answers.length, 'connection')}, the first: `, ko: `연결 ${answers.length}개 모두, 첫 번째: ` };
    return { ...shown, seen: joined([head, shown.seen], '') };
  },
});

function judgeOne(options: z.output<typeof optionsSchema>, evidence: LabEvidence, answer: Answer): Finding<Reason> {
  const { view, scene } = evidence;
  const backend = responderOf(answer, scene.backends(options.backends));
  const captures = view.captures(options.wire);
  const followed = followAnswer(captures, answer);
  const ends = endsOf(options, scene, answer, backend);
  const points = options.at.flatMap((expression) => pointOf(expression, scene, answer, backend));
  const places = joined(points.map(({ name }) => name));
  const expected: Text = {
    en: `${textOfEnds(ends)} at ${places.en || options.at.join(', ')}`,
    ko: `${places.ko || options.at.join(', ')}: ${textOfEnds(ends)}`,
  };
  const details = options.path && followed !== undefined ? { details: pathDetails(followed) } : {};
  const fail = (reason: Reason, seen: Text): Finding<Reason> => ({ status: 'fail', reason, expected, seen, ...details });

  if (followed === undefined) return fail('not-seen', noSyn(answer));
  if (backend === undefined && [...options.at, options.destination].some((word) => word.split('.')[0] === 'backend'))
    return fail('not-seen', outcomeOf(answer));
  if (points.length === 0) {
    return { status: 'inconclusive', why: noSuchHop, expected, seen: noSuchHop, ...details };
  }
  const looks = [
    ...points.map((point) => lookAt(point, followed.syn)),
    ...(options.back ? points.map((point) => lookBackAt(point, followed.synAck)) : []),
  ];
  const seen = joined(
    looks.map((look) => look.seen),
    '; ',
  );
  if (looks.some(({ found }) => found.length === 0)) return fail('not-seen', seen);
  const all = looks.flatMap(({ found }) => found);
  if (!all.every(({ destination, destinationPort }) => fits(ends.destination, destination, destinationPort)))
    return fail('destination', seen);
  if (!all.every(({ source }) => source === ends.source?.address)) return fail('source', seen);
  if (!all.every(({ source, sourcePort }) => fits(ends.source, source, sourcePort))) {
    return { status: 'inconclusive', why: otherPort, expected, seen, ...details };
  }
  return { status: 'pass', expected, seen, ...details };
}

/** Not the cluster's doing, and no masquerading: where another connection's tuple is in the way, the kernel picks a free port (nf_nat_core.c, get_unique_tuple). */
const otherPort: Text = {
  en: 'the kernel gave the connection another source port, since an earlier connection still had that tuple',
  ko: '이전 연결이 같은 튜플을 아직 쓰고 있어 커널이 출발지 포트를 바꾸었습니다',
};

function fits(end: End | undefined, address: string, port: number): boolean {
  return end?.address === address && (end.port === undefined || end.port === port);
}

/** Of an answered request to a node: whether the pod that answered runs there, or elsewhere. */
function isWhere({ where, backends }: z.output<typeof optionsSchema>, { scene }: LabEvidence, answer: Answer): boolean {
  const backend = responderOf(answer, scene.backends(backends));
  return (askedNode(answer, scene)?.place === backend?.node.place) === (where === 'here');
}

const noneThere = (() => {
  const why: Text = {
    en: 'chance sent no connection there: ask again, or more often',
    ko: '우연히 그런 연결이 하나도 없었습니다. 더 많이 요청하세요',
  };
  return { why, expected: { en: 'a connection to follow', ko: '따라갈 연결' }, seen: why };
})();

const noSuchHop: Text = {
  en: 'the pod that answered runs on the node where the connection came in: there is no such hop',
  ko: '응답한 파드가 연결이 들어온 노드에 있어 그런 구간이 없습니다',
};

/** What passed at a point, with the ends of a SYN, and in words. */
interface Look {
  readonly found: readonly Sighting[];
  readonly seen: Text;
}

function lookAt(point: Point, sightings: readonly Sighting[]): Look {
  const found = sightingsAt(point, sightings);
  const shown = found.map((sighting) => (point.isUplink ? tupleText(sighting) : `${tupleText(sighting)} (${sighting.link})`));
  const tuples = found.length === 0 ? { en: 'not seen', ko: '보이지 않음' } : { en: shown.join(', '), ko: shown.join(', ') };
  return { found, seen: { en: `${point.name.en}: ${tuples.en}`, ko: `${point.name.ko}: ${tuples.ko}` } };
}

/** The SYN-ACK, which goes the other way and has its ends turned round. */
function lookBackAt(point: Point, sightings: readonly Sighting[]): Look {
  const { found, seen } = lookAt(turned(point), sightings);
  const asSyn = ({ source, sourcePort, destination, destinationPort, ...rest }: Sighting): Sighting => ({
    ...rest,
    source: destination,
    sourcePort: destinationPort,
    destination: source,
    destinationPort: sourcePort,
  });
  return { found: found.map(asSyn), seen: { en: `back at ${seen.en}`, ko: `돌아올 때 ${seen.ko}` } };
}

function noSyn(answer: Answer): Text {
  const from = `${answer.localAddress}:${answer.localPort}`;
  if (answer.localPort === 0) return outcomeOf(answer);
  return { en: `no SYN from ${from} was captured`, ko: `${from}에서 나온 SYN이 캡처에 없음` };
}
