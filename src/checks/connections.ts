import type { Answer } from '../evidence/answers.js';
import { type FollowedConnection, followConnection, type PlacedCapture, type Sighting } from '../evidence/follow.js';
import { isSyn, type TcpPacket } from '../evidence/packet.js';

/** What leads from a node to the other nodes. Every other link of a node leads to a pod of its own. */
export const uplink = 'eth0';

/**
 * Follows the connection that a request was made on. Its SYN is found by the client's address and port alone, which curl saw from inside, since
 * the destination may have been changed before the first wire; where several have them, the one to the address that curl asked is meant.
 * @returns undefined where curl had no connection, or no capture holds its SYN.
 */
export function followAnswer(
  captures: readonly PlacedCapture[],
  { localAddress, localPort, remoteAddress, remotePort }: Answer,
): FollowedConnection | undefined {
  if (localPort === 0) return undefined;
  const own = captures
    .flatMap(({ packets }) => packets)
    .filter(isSyn)
    .filter((syn) => syn.source === localAddress && syn.sourcePort === localPort);
  const asked = own.filter((syn) => syn.destination === remoteAddress && syn.destinationPort === remotePort);
  const first = earliest(asked) ?? earliest(own);
  if (first === undefined) return undefined;
  return followConnection(captures, {
    source: localAddress,
    sourcePort: localPort,
    destination: first.destination,
    destinationPort: first.destinationPort,
  });
}

/** `10.10.0.5:40000 -> 10.200.1.63:9000` */
export function tupleText({
  source,
  sourcePort,
  destination,
  destinationPort,
}: Pick<Sighting, 'source' | 'sourcePort' | 'destination' | 'destinationPort'>): string {
  return `${source}:${sourcePort} -> ${destination}:${destinationPort}`;
}

function earliest(packets: readonly TcpPacket[]): TcpPacket | undefined {
  return packets.reduce<TcpPacket | undefined>(
    (first, packet) => (first === undefined || packet.timestampUs < first.timestampUs ? packet : first),
    undefined,
  );
}
