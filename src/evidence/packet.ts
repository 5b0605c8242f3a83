/** Where a packet was seen, whatever it holds. */
export interface Frame {
  /** Microseconds since 1970. */
  readonly timestampUs: number;
  /** Bytes on the wire, link header included. */
  readonly length: number;
  /** `other` where the capture does not say (Ethernet), or where the packet was for another machine. */
  readonly direction: 'in' | 'out' | 'other';
  /** The interface, in LINUX_SLL2 captures only. */
  readonly ifindex?: number;
  /** The interface's hardware type (ARPHRD_*, linux/if_arp.h), in LINUX_SLL2 captures only. */
  readonly hardwareType?: number;
}

/** What IPv4 and IPv6 packets have in common. Addresses are text: `10.10.1.2`, `fd00::1`. */
export interface IpHeader extends Frame {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** The hop limit, for IPv6. */
  readonly ttl: number;
  /** 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6. */
  readonly protocol: number;
  /** IPv4 alone; 0 for IPv6. */
  readonly identification: number;
  /** In bytes; a packet with an offset above 0 has no ports. */
  readonly fragmentOffset: number;
  readonly moreFragments: boolean;
}

export interface TcpPacket extends IpHeader {
  readonly kind: 'tcp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** As sent, never relative. */
  readonly seq: number;
  readonly ack: number;
  /** A sum of `tcpFlags`. */
  readonly flags: number;
  /** Bytes after the TCP header, also where the capture kept fewer. */
  readonly payloadLength: number;
}

export interface UdpPacket extends IpHeader {
  readonly kind: 'udp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** What the capture kept of it. */
  readonly payload: Uint8Array;
}

/** The packet that an ICMP error is about. */
export interface EmbeddedTuple {
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

/** ICMP, and ICMPv6 where `version` is 6. */
export interface IcmpPacket extends IpHeader {
  readonly kind: 'icmp';
  readonly type: number;
  readonly code: number;
  /** Of echo requests and replies. */
  readonly id?: number;
  readonly sequence?: number;
  /** Of errors. */
  readonly about?: EmbeddedTuple;
}

/** Another protocol, or a later fragment. */
export interface OtherIpPacket extends IpHeader {
  readonly kind: 'ip';
}

export interface ArpPacket extends Frame {
  readonly kind: 'arp';
  /** 1 request, 2 reply. */
  readonly operation: number;
  readonly senderMac: string;
  readonly source: string;
  readonly targetMac: string;
  readonly destination: string;
}

export interface OtherPacket extends Frame {
  readonly kind: 'other';
  readonly etherType: number;
}

/** Its bytes contradict themselves, or too few of them were kept. */
export interface MalformedPacket extends Frame {
  readonly kind: 'malformed';
  readonly malformed: string;
}

export type Packet = TcpPacket | UdpPacket | IcmpPacket | OtherIpPacket | ArpPacket | OtherPacket | MalformedPacket;

export const tcpFlags = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20 } as const;

/** The first packet of a connection: SYN without ACK. */
export function isSyn(packet: Packet): packet is TcpPacket {
  return packet.kind === 'tcp' && (packet.flags & (tcpFlags.syn | tcpFlags.ack)) === tcpFlags.syn;
}

/** The server's answer to it: SYN and ACK. */
export function isSynAck(packet: Packet): packet is TcpPacket {
  return packet.kind === 'tcp' && (packet.flags & (tcpFlags.syn | tcpFlags.ack)) === (tcpFlags.syn | tcpFlags.ack);
}

export function malformed(frame: Frame, reason: string): MalformedPacket {
  return { kind: 'malformed', malformed: reason, ...frame };
}
