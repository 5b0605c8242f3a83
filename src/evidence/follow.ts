import { isSyn, isSynAck, type Packet, type TcpPacket } from './packet.js';
import { inTravelOrder } from './travel-order.js';

/** What was captured at one place. */
export interface PlacedCapture {
  /** A place, as in the run's other evidence: `node/myk8s-worker`. */
  readonly place: string;
  /** Interface names by ifindex; an interface that is missing is shown as `if7`. */
  readonly links: ReadonlyMap<number, string>;
  readonly packets: readonly Packet[];
}

/** A connection as its client sees it. */
export interface ClientTuple {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

/** One look at a packet on its way. */
export interface Sighting extends ClientTuple {
  readonly place: string;
  readonly link: string;
  readonly direction: 'in' | 'out' | 'other';
  readonly ttl: number;
  /** Microseconds since 1970; of the first look, where the packet was sent again. */
  readonly timestampUs: number;
  /** How many times it was seen exactly here: more than 1 where it was sent again. */
  readonly times: number;
}

export interface FollowedConnection {
  readonly clientSeq: number;
  /** Absent where no SYN-ACK was seen. */
  readonly serverSeq?: number;
  /** The client's SYN, in the order of its way. */
  readonly syn: readonly Sighting[];
  /** The server's SYN-ACK, likewise. */
  readonly synAck: readonly Sighting[];
}

/**
 * Follows one TCP connection through NAT. NAT rewrites addresses and ports and leaves sequence numbers alone (but for helpers such as
 * FTP's, nf_conntrack_seqadj.c, which touch no SYN), so the client's SYN is the same packet wherever a SYN carries its initial sequence
 * number, and the answer is the SYN-ACK that acknowledges that number plus one. Two connections share a number once in 2^32.
 * @returns undefined where no capture holds the client's own SYN. Where a tuple was used twice, the first connection is followed.
 */
export function followConnection(captures: readonly PlacedCapture[], client: ClientTuple): FollowedConnection | undefined {
  const first = earliest(captures, (packet) => isSyn(packet) && hasTuple(packet, client));
  if (first === undefined) return undefined;
  const acknowledged = (first.seq + 1) >>> 0;
  const answer = earliest(captures, (packet) => isSynAck(packet) && packet.ack === acknowledged);
  return {
    clientSeq: first.seq,
    ...(answer === undefined ? {} : { serverSeq: answer.seq }),
    syn: sightings(captures, (packet) => isSyn(packet) && packet.seq === first.seq),
    synAck: sightings(captures, (packet) => isSynAck(packet) && packet.ack === acknowledged && packet.seq === answer?.seq),
  };
}

/** The distinct connections begun among these packets, in order: SYNs by tuple and sequence number, so one that was sent again counts once. */
export function newConnections(packets: readonly Packet[], filter: (syn: TcpPacket) => boolean = () => true): readonly TcpPacket[] {
  const found = new Map<string, TcpPacket>();
  for (const packet of packets) {
    if (!isSyn(packet) || !filter(packet)) continue;
    const key = `${packet.source} ${packet.sourcePort} ${packet.destination} ${packet.destinationPort} ${packet.seq}`;
    if (!found.has(key)) found.set(key, packet);
  }
  return [...found.values()];
}

function hasTuple(packet: TcpPacket, tuple: ClientTuple): boolean {
  return (
    packet.sourcePort === tuple.sourcePort &&
    packet.destinationPort === tuple.destinationPort &&
    packet.source === tuple.source &&
    packet.destination === tuple.destination
  );
}

type TcpTest = (packet: TcpPacket) => boolean;

function earliest(captures: readonly PlacedCapture[], test: TcpTest): TcpPacket | undefined {
  let found: TcpPacket | undefined;
  for (const { packets } of captures) {
    for (const packet of packets) {
      if (packet.kind === 'tcp' && test(packet) && (found === undefined || packet.timestampUs < found.timestampUs)) found = packet;
    }
  }
  return found;
}

function sightings(captures: readonly PlacedCapture[], test: TcpTest): readonly Sighting[] {
  const seen = new Map<string, Sighting>();
  for (const { place, links, packets } of captures) {
    for (const packet of packets) {
      if (packet.kind !== 'tcp' || !test(packet)) continue;
      const { source, sourcePort, destination, destinationPort, direction, ttl, timestampUs } = packet;
      const link = packet.ifindex === undefined ? '' : (links.get(packet.ifindex) ?? `if${packet.ifindex}`);
      const key = [place, link, direction, source, sourcePort, destination, destinationPort].join(' ');
      const earlier = seen.get(key);
      const sighting = earlier ?? { place, link, direction, source, sourcePort, destination, destinationPort, ttl, timestampUs, times: 0 };
      seen.set(key, { ...sighting, times: sighting.times + 1 });
    }
  }
  return inTravelOrder([...seen.values()]);
}
