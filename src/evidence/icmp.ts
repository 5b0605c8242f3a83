import { ipv4Text, ipv6Text } from './addresses.js';
import { type EmbeddedTuple, type IpHeader, malformed, type Packet } from './packet.js';

/** RFC 792: destination unreachable, source quench, redirect, time exceeded and parameter problem carry the packet they are about. */
const errors = new Set([3, 4, 5, 11, 12]);
const echoes = new Set([0, 8, 13, 14]);
/** RFC 4443. */
const errorsV6 = new Set([1, 2, 3, 4]);
const echoesV6 = new Set([128, 129]);

export function decodeIcmp(view: DataView, offset: number, end: number, header: IpHeader): Packet {
  return decode(view, offset, end, header, { errors, echoes, embedded: embeddedV4 });
}

export function decodeIcmpv6(view: DataView, offset: number, end: number, header: IpHeader): Packet {
  return decode(view, offset, end, header, { errors: errorsV6, echoes: echoesV6, embedded: embeddedV6 });
}

interface Family {
  readonly errors: ReadonlySet<number>;
  readonly echoes: ReadonlySet<number>;
  readonly embedded: (view: DataView, offset: number, limit: number) => EmbeddedTuple | undefined;
}

function decode(view: DataView, offset: number, end: number, header: IpHeader, family: Family): Packet {
  const limit = Math.min(view.byteLength, end);
  if (limit < offset + 8) return malformed(header, 'ICMP header cut short');
  const type = view.getUint8(offset);
  const icmp = { kind: 'icmp', type, code: view.getUint8(offset + 1), ...header } as const;
  if (family.echoes.has(type)) return { id: view.getUint16(offset + 4), sequence: view.getUint16(offset + 6), ...icmp };
  if (!family.errors.has(type)) return icmp;
  const about = family.embedded(view, offset + 8, limit);
  return about === undefined ? malformed(header, 'ICMP error whose original packet is cut short') : { about, ...icmp };
}

function embeddedV4(view: DataView, offset: number, limit: number): EmbeddedTuple | undefined {
  if (limit < offset + 20 || view.getUint8(offset) >> 4 !== 4) return undefined;
  const headerLength = (view.getUint8(offset) & 0x0f) * 4;
  const laterFragment = (view.getUint16(offset + 6) & 0x1fff) !== 0;
  const tuple = { protocol: view.getUint8(offset + 9), source: ipv4Text(view, offset + 12), destination: ipv4Text(view, offset + 16) };
  return laterFragment ? tuple : withPorts(view, offset + headerLength, limit, tuple);
}

function embeddedV6(view: DataView, offset: number, limit: number): EmbeddedTuple | undefined {
  if (limit < offset + 40 || view.getUint8(offset) >> 4 !== 6) return undefined;
  const tuple = { protocol: view.getUint8(offset + 6), source: ipv6Text(view, offset + 8), destination: ipv6Text(view, offset + 24) };
  return withPorts(view, offset + 40, limit, tuple);
}

/** TCP, UDP and SCTP begin alike: the two ports. */
function withPorts(view: DataView, offset: number, limit: number, tuple: EmbeddedTuple): EmbeddedTuple {
  const hasPorts = tuple.protocol === 6 || tuple.protocol === 17 || tuple.protocol === 132;
  if (!hasPorts || limit < offset + 4) return tuple;
  return { ...tuple, sourcePort: view.getUint16(offset), destinationPort: view.getUint16(offset + 2) };
}
