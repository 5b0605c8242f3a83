import type { Verdict } from '../../core/check.js';
import type { KubeObject } from '../../core/cluster.js';
import type { Observation, ObservationPart } from '../../core/evidence.js';
import type { Place } from '../../core/executor.js';
import { type Output, printOutputs } from '../../evidence/outputs.js';
import { bytesOf, hex, icmp, ipv4, sll2 } from '../../evidence/testing/frames.js';
import { writePcap } from '../../evidence/testing/pcap-writer.js';
import { UnreadableError } from '../../evidence/unreadable.js';
import { EvidenceView } from '../../evidence/view.js';
import { Scene } from '../../scene/scene.js';
import { judgeClaim, type LabCheck } from '../lab-check.js';
import { clusterObjects } from './cluster.js';

/** For tests alone: a packet on a link of some place, by what the checks of pings and ARP look at. */
export interface WirePacket {
  readonly place: Place;
  readonly link: 'eth0' | 'veth1' | 'veth2';
  readonly direction: 'in' | 'out';
  readonly from: string;
  readonly to: string;
  readonly atUs: number;
  readonly what:
    | { readonly kind: 'request' | 'reply'; readonly id: number; readonly sequence: number; readonly ttl: number }
    | { readonly kind: 'who-has' | 'is-at' };
}

/** For tests alone: what was observed in one step at places of any kind. */
export interface WireStage {
  readonly roles: Readonly<Record<string, string>>;
  readonly objects?: readonly KubeObject[];
  /** Where the observation `wire` was taken. */
  readonly places?: readonly Place[];
  readonly packets?: readonly WirePacket[];
  /** Files of the observation `table`. */
  /** What commands printed, by the observation's name. */
  readonly outputs?: Readonly<Record<string, readonly Output[]>>;
  readonly table?: readonly { readonly place: Place; readonly role: 'before' | 'after'; readonly xml: string }[];
}

export function judgedOnWire(check: LabCheck, options: unknown, { roles, objects = clusterObjects(), ...seen }: WireStage): Verdict {
  const files = new Map<string, Uint8Array>();
  const part = (place: Place, role: string, format: string, content: string | Uint8Array): ObservationPart => {
    const file = `${place.replaceAll('/', '-')}-${role}.${format}`;
    files.set(file, typeof content === 'string' ? new TextEncoder().encode(content) : content);
    return { place, role, format, file };
  };
  const observed: Readonly<Record<string, readonly ObservationPart[]>> = {
    objects: [part('local', 'objects', 'objects-json', JSON.stringify(objects))],
    wire: (seen.places ?? []).flatMap((place) => [
      part(place, 'capture', 'pcap', pcapOf((seen.packets ?? []).filter((packet) => packet.place === place))),
      part(place, 'links', 'links-json', JSON.stringify(links)),
    ]),
    ...Object.fromEntries(
      Object.entries(seen.outputs ?? {}).map(([name, outputs]) => [
        name,
        [part('local', `outputs-${name}`, 'outputs-json', printOutputs(outputs))],
      ]),
    ),
    table: (seen.table ?? []).map(({ place, role, xml }) => part(place, role, 'conntrack-xml', xml)),
  };
  const observations = Object.entries(observed)
    .filter(([, parts]) => parts.length > 0)
    .map(([name, parts]): Observation => ({ name, probe: name, step: 'test', attempt: 1, parts, soundness: { sound: true } }));
  const reader = {
    read: (name: string) => {
      const bytes = files.get(name);
      if (bytes === undefined) throw new UnreadableError(name, 'is not there');
      return bytes;
    },
  };
  return judgeClaim(check, options, { view: new EvidenceView(reader, observations), scene: new Scene(roles, objects) }, 0);
}

const links = [
  { ifindex: 2, ifname: 'eth0' },
  { ifindex: 5, ifname: 'veth1' },
  { ifindex: 6, ifname: 'veth2' },
];

function pcapOf(packets: readonly WirePacket[]): Uint8Array {
  const records = packets.map((packet) => ({
    seconds: 1_700_000_000 + Math.floor(packet.atUs / 1e6),
    fraction: packet.atUs % 1e6,
    data: frameOf(packet),
  }));
  return writePcap(records, { littleEndian: true, nanoseconds: false, linkType: 276 });
}

function frameOf({ link, direction, from, to, what }: WirePacket): Uint8Array {
  const ifindex = links.find(({ ifname }) => ifname === link)?.ifindex ?? 0;
  const header = { ifindex, hardwareType: 1, packetType: direction === 'in' ? 0 : 4 };
  if (!('ttl' in what)) {
    const operation = what.kind === 'who-has' ? '0001' : '0002';
    const body = [hex(`0001 0800 0604 ${operation}`), hex('0200 0000 0001'), addressOf(from), hex('0200 0000 0002'), addressOf(to)];
    return bytesOf(sll2({ etherType: 0x0806, ...header }, bytesOf(...body)));
  }
  const rest = Uint8Array.of(what.id >> 8, what.id & 0xff, what.sequence >> 8, what.sequence & 0xff);
  const packet = ipv4({ protocol: 1, source: from, destination: to, ttl: what.ttl }, icmp(what.kind === 'request' ? 8 : 0, 0, rest));
  return bytesOf(sll2({ etherType: 0x0800, ...header }, packet));
}

function addressOf(text: string): Uint8Array {
  return Uint8Array.from(text.split('.').map(Number));
}
