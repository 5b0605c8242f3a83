import { z } from 'zod';
import type { Detail } from '../core/check.js';
import { type Place, placeName } from '../core/executor.js';
import { same, type Text } from '../core/text.js';
import type { EchoSighting, FollowedEcho } from '../evidence/follow-echo.js';
import { followEchoes } from '../evidence/follow-echo.js';
import type { Scene } from '../scene/scene.js';
import { roleExpression } from '../schema/roles.js';
import { atPlaces } from './at-places.js';
import { uplink } from './connections.js';
import { defineCheck, type Finding } from './lab-check.js';
import { objects, wireOption } from './options.js';
import { joined, plural } from './wording.js';

const optionsSchema = z.strictObject({
  from: roleExpression('The role of the pod that pings'),
  to: roleExpression('The role of what is pinged: a pod, a node or the outside client'),
  count: z.int().min(1).describe('How many echo requests there are'),
  masqueraded: z
    .boolean()
    .default(false)
    .describe("Whether the requests leave the pod's node with the node's own address; the pod's unless said"),
  wire: wireOption,
});

type Options = z.output<typeof optionsSchema>;

/** Where every request must be seen, and how. */
interface Point {
  readonly name: Text;
  readonly place: Place;
  readonly isUplink: boolean;
  readonly direction: 'in' | 'out';
  readonly source: string;
  /** How many routers the request has passed, each of which takes one from the TTL. */
  readonly routers: number;
}

/**
 * Each echo request passes the wire of the pod that sent it, the uplinks between the two nodes, and the wire of the pod that it is for, with the
 * right source address and a TTL that has fallen by one at each router; and each is answered.
 */
export const echoCheck = defineCheck({
  kind: 'echo',
  optionsSchema,
  reasons: ['not-seen', 'source', 'ttl', 'unanswered'],
  observations: ({ wire }) => [wire, objects],
  judge({ options, evidence: { view, scene } }) {
    const pod = scene.pod(options.from);
    const destination = scene.value([options.to, 'address']);
    const points = pointsOf(options, scene);
    const captures = atPlaces(view.captures(options.wire), [...new Set(points.map(({ place }) => place))], options.wire);
    const echoes = followEchoes(captures, { source: pod.address, destination });
    const expected = expectedOf(options, points, destination);
    const fail = (reason: 'not-seen' | 'source' | 'ttl' | 'unanswered', seen: Text, of?: FollowedEcho): Finding<typeof reason> => ({
      status: 'fail',
      reason,
      expected,
      seen,
      ...(of === undefined ? {} : { details: [table(of)] }),
    });
    const [first] = echoes;
    if (first === undefined || echoes.length !== options.count) {
      const requests = `${pod.address} -> ${destination}`;
      return fail('not-seen', {
        en: `${plural(echoes.length, 'echo request')} ${requests}`,
        ko: `에코 요청 ${echoes.length}개(${requests})`,
      });
    }
    for (const echo of echoes) {
      const blind = points.find((point) => sightingsAt(point, echo).length === 0);
      if (blind !== undefined) {
        const seen = { en: `not seen at ${blind.name.en}`, ko: `${blind.name.ko}에서 보이지 않음` };
        return fail('not-seen', numbered(echo, seen), echo);
      }
    }
    for (const [reason, fits] of tests) {
      for (const echo of echoes) {
        const start = ttlAt(points[0], echo);
        const wrong = points.find((point) => !sightingsAt(point, echo).every((sighting) => fits(sighting, point, start)));
        if (wrong !== undefined) return fail(reason, numbered(echo, seenAt(wrong, echo)), echo);
      }
    }
    const silent = echoes.find(({ reply }) => !reply.some((sighting) => comesBack(sighting, points[0], pod.address)));
    if (silent !== undefined) {
      return fail('unanswered', numbered(silent, { en: 'no reply reached the pod', ko: '응답이 파드에 닿지 않음' }), silent);
    }
    const way = joined(
      points.map((point) => seenAt(point, first)),
      '; ',
    );
    const seen = {
      en: `${plural(echoes.length, 'request')}, all answered; ${way.en}`,
      ko: `요청 ${echoes.length}개 모두 응답받음. ${way.ko}`,
    };
    return { status: 'pass', expected, seen, details: [table(first)] };
  },
});

const tests: readonly (readonly ['source' | 'ttl', (sighting: EchoSighting, point: Point, start: number) => boolean])[] = [
  ['source', ({ source }, point) => source === point.source],
  ['ttl', ({ ttl }, { routers }, start) => ttl === start - routers],
];

function pointsOf({ from, to, masqueraded }: Options, scene: Scene): readonly Point[] {
  const pod = scene.pod(from);
  const [target = pod.place] = scene.places(to);
  const receiver = target.startsWith('pod/') ? scene.pod(to) : undefined;
  const place = receiver?.node.place ?? target;
  const isElsewhere = place !== pod.node.place;
  const outside = masqueraded ? pod.node.address : pod.address;
  const wire = { isUplink: false } as const;
  const link = { isUplink: true, source: outside, routers: 1 } as const;
  return [
    { ...wire, name: wireName(pod.name), place: pod.node.place, direction: 'in', source: pod.address, routers: 0 },
    ...(isElsewhere
      ? ([
          { ...link, name: uplinkName(pod.node.place), place: pod.node.place, direction: 'out' },
          { ...link, name: uplinkName(place), place, direction: 'in' },
        ] as const)
      : []),
    ...(receiver === undefined
      ? []
      : [{ ...wire, name: wireName(receiver.name), place, direction: 'out' as const, source: outside, routers: isElsewhere ? 2 : 1 }]),
  ];
}

function wireName(pod: string): Text {
  return { en: `the wire of ${pod}`, ko: `${pod}의 선` };
}

function uplinkName(place: Place): Text {
  return { en: `${uplink} of ${placeName(place)}`, ko: `${placeName(place)}의 ${uplink}` };
}

function sightingsAt({ place, isUplink, direction }: Point, { request }: FollowedEcho): readonly EchoSighting[] {
  return request.filter((look) => look.place === place && (look.link === uplink) === isUplink && look.direction === direction);
}

/** 64 is Linux' default, but a pod may have another. */
function ttlAt(point: Point | undefined, echo: FollowedEcho): number {
  return point === undefined ? 0 : (sightingsAt(point, echo)[0]?.ttl ?? 0);
}

function comesBack({ place, link, direction, destination }: EchoSighting, first: Point | undefined, address: string): boolean {
  return place === first?.place && link !== uplink && direction === 'out' && destination === address;
}

function expectedOf({ count }: Options, points: readonly Point[], destination: string): Text {
  const list = joined(
    points.map(({ name, source, routers }) => {
      const ttl = routers === 0 ? 'TTL' : `TTL-${routers}`;
      return { en: `${name.en}: from ${source}, ${ttl}`, ko: `${name.ko}: ${source}에서, ${ttl}` };
    }),
    '; ',
  );
  return {
    en: `${plural(count, 'answered echo request')} to ${destination}; ${list.en}`,
    ko: `${destination}로 가는 에코 요청 ${count}개와 그 응답. ${list.ko}`,
  };
}

function seenAt(point: Point, echo: FollowedEcho): Text {
  const looks = sightingsAt(point, echo).map(({ source, ttl }) => ({ en: `from ${source}, TTL ${ttl}`, ko: `${source}에서, TTL ${ttl}` }));
  const { en, ko } = joined(looks);
  return { en: `${point.name.en}: ${en}`, ko: `${point.name.ko}: ${ko}` };
}

function numbered({ sequence }: FollowedEcho, seen: Text): Text {
  return { en: `request ${sequence}: ${seen.en}`, ko: `${sequence}번 요청: ${seen.ko}` };
}

/** The way of one request and of its reply. */
function table({ request, reply }: FollowedEcho): Detail {
  const rows = [...request, ...reply].map(({ place, link, direction, source, destination, ttl }) => [
    placeName(place),
    link,
    direction,
    `${source} -> ${destination}`,
    String(ttl),
  ]);
  const columns = [
    { en: 'place', ko: '장소' },
    { en: 'link', ko: '링크' },
    { en: 'direction', ko: '방향' },
    { en: 'addresses', ko: '주소' },
    same('TTL'),
  ];
  return { kind: 'table', columns, rows };
}
