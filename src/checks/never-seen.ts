import { z } from 'zod';
import { type Place, placeName } from '../core/executor.js';
import type { Text } from '../core/text.js';
import type { Packet } from '../evidence/packet.js';
import type { CaptureView } from '../evidence/view.js';
import { roleExpression } from '../schema/roles.js';
import { atPlaces } from './at-places.js';
import { followAnswer } from './connections.js';
import { defineCheck, type Finding, type LabEvidence } from './lab-check.js';
import { answersOption, backendsOption, objects, placesOption, wireOption } from './options.js';
import { answered, responderOf } from './responders.js';
import { plural } from './wording.js';

const optionsSchema = z.strictObject({
  on: placesOption('the address must not be seen'),
  address: roleExpression('The role of the Service or pod whose address it is'),
  wire: wireOption,
  answers: answersOption,
  backends: backendsOption,
});

type Options = z.output<typeof optionsSchema>;

/**
 * No packet at these places has the address as its source or destination. Seeing nothing proves something only where the captures do see: every
 * connection that a pod at these places answered must be in them, under whatever addresses.
 */
export const neverSeenCheck = defineCheck({
  kind: 'never-seen',
  optionsSchema,
  reasons: ['seen', 'control'],
  observations: ({ wire, answers }) => [wire, answers, objects],
  judge({ options, evidence }) {
    const { view, scene } = evidence;
    const address = scene.value([options.address, 'address']);
    const captures = atPlaces(view.captures(options.wire), scene.places(options.on), options.wire);
    const names = captures.map(({ place }) => placeName(place)).join(', ');
    const expected: Text = {
      en: `no packet from or to ${address} at ${names}, where the connections themselves are seen`,
      ko: `${names}에서 연결은 보이되 ${address}에서 나오거나 그리로 가는 패킷은 없음`,
    };
    const found = captures.flatMap((capture) =>
      capture.packets.filter((packet) => hasAddress(packet, address)).map((packet) => ({ capture, packet })),
    );
    const [first] = found;
    if (first !== undefined) {
      const seen = describe(first.capture, first.packet);
      const more = found.length;
      return {
        status: 'fail',
        reason: 'seen',
        expected,
        seen: { en: `${plural(more, 'packet')}, the first at ${seen}`, ko: `패킷 ${more}개, 첫 번째: ${seen}` },
      };
    }
    const broken = captures.find(({ packets }) => packets.some(({ kind }) => kind === 'malformed'));
    if (broken !== undefined) {
      const place = placeName(broken.place);
      const why = {
        en: `a packet captured at ${place} cannot be read: it may hold the address`,
        ko: `${place}에서 읽을 수 없는 패킷이 잡혔습니다. 그 안에 이 주소가 있을 수 있습니다`,
      };
      return { status: 'inconclusive', why, expected, seen: why };
    }
    return control(options, evidence, captures, expected);
  },
});

type Outcome = Finding<'seen' | 'control'>;

function control(options: Options, { view, scene }: LabEvidence, captures: readonly CaptureView[], expected: Text): Outcome {
  const backends = scene.backends(options.backends);
  const responders = answered(view.answers(options.answers).answers).flatMap((answer) => {
    const backend = responderOf(answer, backends);
    return backend === undefined ? [] : [{ answer, place: backend.node.place }];
  });
  const here = responders.filter(({ place }) => captures.some((capture) => capture.place === place));
  const fail = (en: string, ko: string): Outcome => ({ status: 'fail', reason: 'control', expected, seen: { en, ko } });
  if (responders.length === 0) {
    return fail(
      'no connection was answered by one of the pods, so nothing shows that the captures see',
      '파드가 응답한 연결이 없어 캡처가 제대로 보고 있는지 알 수 없음',
    );
  }
  if (here.length === 0) {
    const why = {
      en: 'every connection went to a pod elsewhere, so these captures have nothing to show',
      ko: '모든 연결이 다른 곳의 파드로 가서 이 캡처들에는 보일 것이 없습니다',
    };
    return { status: 'inconclusive', why, expected, seen: why };
  }
  const all = view.captures(options.wire);
  const blind = here.find(({ answer, place }) => !followAnswer(all, answer)?.syn.some((sighting) => sighting.place === place));
  if (blind !== undefined) {
    const from = `${blind.answer.localAddress}:${blind.answer.localPort}`;
    const at = placeName(blind.place);
    return fail(`the connection from ${from} itself is not in the capture of ${at}`, `${from}에서 나온 연결 자체가 ${at}의 캡처에 없음`);
  }
  const packets = captures.reduce((sum, capture) => sum + capture.packets.length, 0);
  const seen = {
    en: `none among ${plural(packets, 'packet')}; ${plural(here.length, 'connection')} seen`,
    ko: `패킷 ${packets}개 중에 없음. 연결 ${here.length}개가 보임`,
  };
  return { status: 'pass', expected, seen };
}

function hasAddress(packet: Packet, address: string): boolean {
  return 'source' in packet && (packet.source === address || packet.destination === address);
}

function describe({ place, links }: { readonly place: Place; readonly links: ReadonlyMap<number, string> }, packet: Packet): string {
  const link = packet.ifindex === undefined ? '' : ` ${links.get(packet.ifindex) ?? `if${packet.ifindex}`}`;
  const port = (number: number | undefined) => (number === undefined ? '' : `:${number}`);
  const ends =
    'sourcePort' in packet
      ? `${packet.source}${port(packet.sourcePort)} -> ${packet.destination}${port(packet.destinationPort)}`
      : 'source' in packet
        ? `${packet.source} -> ${packet.destination}`
        : '';
  return `${placeName(place)}${link}: ${ends}`;
}
