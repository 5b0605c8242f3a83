import type { PlacedCapture } from './follow.js';
import type { IcmpPacket, Packet } from './packet.js';
import { inTravelOrder } from './travel-order.js';

/** One look at an echo request or reply on its way. */
export interface EchoSighting {
  readonly place: string;
  readonly link: string;
  readonly direction: 'in' | 'out' | 'other';
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  /** Microseconds since 1970. */
  readonly timestampUs: number;
}

/** An echo request, and its reply, wherever they were seen: each in the order of its way. */
export interface FollowedEcho {
  readonly id: number;
  readonly sequence: number;
  readonly request: readonly EchoSighting[];
  /** Empty where no reply was seen. */
  readonly reply: readonly EchoSighting[];
}

/** The types of ICMP (RFC 792). */
const echoReply = 0;
const echoRequest = 8;

/**
 * Follows every echo request from one address to another, in the order in which they were sent. A request is the same packet wherever its identifier
 * and sequence number appear, on the way to the same address: routers leave both alone, and NAT changes the identifier only where another ping to that
 * address has it at the same time (nf_nat_core.c, get_unique_tuple).
 */
export function followEchoes(
  captures: readonly PlacedCapture[],
  ends: { readonly source: string; readonly destination: string },
): readonly FollowedEcho[] {
  const asked = captures
    .flatMap(({ packets }) => packets)
    .filter((packet) => isEcho(packet, echoRequest))
    .filter(({ source, destination }) => source === ends.source && destination === ends.destination)
    .toSorted((a, b) => a.timestampUs - b.timestampUs);
  const distinct = new Map(asked.toReversed().map((packet) => [keyOf(packet), packet]));
  return [...distinct.values()].toReversed().map(({ id = 0, sequence = 0 }) => {
    const own = (packet: IcmpPacket): boolean => packet.id === id && packet.sequence === sequence;
    return {
      id,
      sequence,
      request: sightings(captures, echoRequest, (packet) => own(packet) && packet.destination === ends.destination),
      reply: sightings(captures, echoReply, (packet) => own(packet) && packet.source === ends.destination),
    };
  });
}

function isEcho(packet: Packet, type: number): packet is IcmpPacket {
  return packet.kind === 'icmp' && packet.version === 4 && packet.type === type;
}

function keyOf({ id, sequence }: IcmpPacket): string {
  return `${id} ${sequence}`;
}

function sightings(captures: readonly PlacedCapture[], type: number, test: (packet: IcmpPacket) => boolean): readonly EchoSighting[] {
  const found = captures.flatMap(({ place, links, packets }) =>
    packets
      .filter((packet) => isEcho(packet, type))
      .filter(test)
      .map(({ ifindex, direction, source, destination, ttl, timestampUs }) => {
        const link = ifindex === undefined ? '' : (links.get(ifindex) ?? `if${ifindex}`);
        return { place, link, direction, source, destination, ttl, timestampUs };
      }),
  );
  return inTravelOrder(found);
}
