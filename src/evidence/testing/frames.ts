/** Frames written by hand, byte for byte, for what a namespace does not produce by itself. Checksums are left 0. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

export function bytesOf(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function uint32(value: number): Uint8Array {
  return bytesOf(uint16(value >>> 16), uint16(value & 0xffff));
}

export function ethernet(etherType: number, payload: Uint8Array): Uint8Array {
  return bytesOf(hex('02 00 00 00 00 02  02 00 00 00 00 01'), uint16(etherType), payload);
}

export interface Sll2Fields {
  readonly etherType: number;
  readonly ifindex: number;
  readonly hardwareType: number;
  readonly packetType: number;
}

export function sll2({ etherType, ifindex, hardwareType, packetType }: Sll2Fields, payload: Uint8Array): Uint8Array {
  return bytesOf(
    uint16(etherType),
    uint16(0),
    uint32(ifindex),
    uint16(hardwareType),
    Uint8Array.of(packetType, 6),
    hex('02 00 00 00 00 01 00 00'),
    payload,
  );
}

export interface Ipv4Fields {
  readonly protocol: number;
  readonly source?: string;
  readonly destination?: string;
  readonly ttl?: number;
  readonly id?: number;
  /** The flags and the fragment offset, as the header has them. */
  readonly fragment?: number;
  readonly options?: Uint8Array;
}

export function ipv4(fields: Ipv4Fields, payload: Uint8Array): Uint8Array {
  const { protocol, source = '10.10.0.4', destination = '10.200.1.7', ttl = 64, id = 7, fragment = 0, options = hex('') } = fields;
  const address = (text: string) => Uint8Array.from(text.split('.').map(Number));
  return bytesOf(
    Uint8Array.of(0x45 + options.length / 4, 0),
    uint16(20 + options.length + payload.length),
    uint16(id),
    uint16(fragment),
    Uint8Array.of(ttl, protocol, 0, 0),
    address(source),
    address(destination),
    options,
    payload,
  );
}

export function ipv6(nextHeader: number, payload: Uint8Array): Uint8Array {
  const addresses = hex('fd00 0000 0000 0000 0001 0000 0000 0004  2001 0db8 0000 0001 0000 0000 0000 0001');
  return bytesOf(hex('60 00 00 00'), uint16(payload.length), Uint8Array.of(nextHeader, 61), addresses, payload);
}

export interface TcpFields {
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly flags: number;
  readonly options?: Uint8Array;
}

export function tcp(fields: TcpFields, payload: Uint8Array = hex('')): Uint8Array {
  const { sourcePort = 40001, destinationPort = 9000, seq = 0, ack = 0, flags, options = hex('') } = fields;
  const offsetAndFlags = ((5 + options.length / 4) << 12) | flags;
  return bytesOf(
    uint16(sourcePort),
    uint16(destinationPort),
    uint32(seq),
    uint32(ack),
    uint16(offsetAndFlags),
    hex('faf0 0000 0000'),
    options,
    payload,
  );
}

export function udp(sourcePort: number, destinationPort: number, payload: Uint8Array): Uint8Array {
  return bytesOf(uint16(sourcePort), uint16(destinationPort), uint16(8 + payload.length), uint16(0), payload);
}

export function icmp(type: number, code: number, rest: Uint8Array, payload: Uint8Array = hex('')): Uint8Array {
  return bytesOf(Uint8Array.of(type, code, 0, 0), rest, payload);
}

/** One frame of every sort that the decoder knows, with its name. */
export function sampleFrames(): readonly (readonly [name: string, frame: Uint8Array])[] {
  const data = hex('68 65 6c 6c 6f');
  const ip = (fields: Ipv4Fields, payload: Uint8Array) => ethernet(0x0800, ipv4(fields, payload));
  const lost = ipv4({ protocol: 17, ttl: 1 }, udp(5353, 33434, data));
  const lostV6 = ipv6(6, tcp({ flags: 0x002 }));
  return [
    ['a SYN with options', ip({ protocol: 6 }, tcp({ flags: 0x002, seq: 0xfffffff0, options: hex('02 04 05 b4 01 03 03 07') }))],
    ['a SYN-ACK', ip({ protocol: 6 }, tcp({ flags: 0x012, seq: 0x80000000, ack: 0xfffffff1 }))],
    ['data with ECN flags', ip({ protocol: 6 }, tcp({ flags: 0x1d8, seq: 5, ack: 6 }, data))],
    ['IP options', ip({ protocol: 6, options: hex('94 04 00 00  01 01 01 00') }, tcp({ flags: 0x010 }, data))],
    ['padding after the packet', bytesOf(ip({ protocol: 6 }, tcp({ flags: 0x010 })), hex('00 00 00 00 00 00'))],
    ['UDP', ip({ protocol: 17, ttl: 3 }, udp(5353, 53, data))],
    [
      'a first fragment',
      ip({ protocol: 17, fragment: 0x2000 }, bytesOf(uint16(1), uint16(2), uint16(1008), uint16(0), new Uint8Array(16))),
    ],
    ['a last fragment', ip({ protocol: 17, fragment: 3 }, new Uint8Array(40))],
    ['an echo request', ip({ protocol: 1 }, icmp(8, 0, hex('1234 0007'), data))],
    ['an echo reply', ip({ protocol: 1 }, icmp(0, 0, hex('1234 0007'), data))],
    ['port unreachable', ip({ protocol: 1 }, icmp(3, 3, hex('00000000'), lost))],
    ['time exceeded', ip({ protocol: 1 }, icmp(11, 0, hex('00000000'), lost))],
    ['a router advertisement', ip({ protocol: 1 }, icmp(9, 0, hex('01 02 00 1e'), hex('0a0a0001 00000000')))],
    ['GRE', ip({ protocol: 47 }, hex('0000 0800'))],
    ['ARP', ethernet(0x0806, hex('0001 0800 06 04 0001 020000000001 0a0a0004 000000000000 0a0a0001'))],
    ['a VLAN tag', ethernet(0x8100, bytesOf(hex('0064 0800'), ipv4({ protocol: 17 }, udp(1, 2, data))))],
    ['IPv6 TCP', ethernet(0x86dd, ipv6(6, tcp({ flags: 0x002, seq: 9 })))],
    ['IPv6 UDP', ethernet(0x86dd, ipv6(17, udp(1, 2, data)))],
    ['an ICMPv6 echo', ethernet(0x86dd, ipv6(58, icmp(128, 0, hex('0001 0002'))))],
    ['an ICMPv6 error', ethernet(0x86dd, ipv6(58, icmp(1, 4, hex('00000000'), lostV6)))],
    ['IPv6 with an extension header', ethernet(0x86dd, ipv6(0, bytesOf(hex('3a 00 0502 0000 0100'), icmp(143, 0, hex('00000000')))))],
    ['another EtherType', ethernet(0x88cc, hex('0000'))],
  ];
}
