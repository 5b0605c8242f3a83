import { decodeIcmp, decodeIcmpv6 } from './icmp.js';
import { type IpHeader, malformed, type Packet } from './packet.js';

/**
 * The decoders spread what is known already behind their own fields: the other way round V8 takes twenty times as long.
 * `end` is where the IP header says that the packet ends; the capture may hold less, and the link's padding may come after it.
 */
export function decodeTransport(view: DataView, offset: number, end: number, header: IpHeader): Packet {
  if (header.fragmentOffset > 0) return { kind: 'ip', ...header };
  switch (header.protocol) {
    case 6:
      return decodeTcp(view, offset, end, header);
    case 17:
      return decodeUdp(view, offset, end, header);
    case 1:
      return decodeIcmp(view, offset, end, header);
    case 58:
      return header.version === 6 ? decodeIcmpv6(view, offset, end, header) : { kind: 'ip', ...header };
    default:
      return { kind: 'ip', ...header };
  }
}

/** RFC 9293. Options are stepped over. */
function decodeTcp(view: DataView, offset: number, end: number, header: IpHeader): Packet {
  if (Math.min(view.byteLength, end) < offset + 20) return malformed(header, 'TCP header cut short');
  const offsetAndFlags = view.getUint16(offset + 12);
  const headerLength = (offsetAndFlags >> 12) * 4;
  if (headerLength < 20) return malformed(header, `TCP header of ${headerLength} bytes`);
  if (offset + headerLength > end) return malformed(header, `TCP header of ${headerLength} bytes in a payload of ${end - offset}`);
  return {
    kind: 'tcp',
    sourcePort: view.getUint16(offset),
    destinationPort: view.getUint16(offset + 2),
    seq: view.getUint32(offset + 4),
    ack: view.getUint32(offset + 8),
    flags: offsetAndFlags & 0x0fff,
    payloadLength: end - offset - headerLength,
    ...header,
  };
}

/** RFC 768. A first fragment carries the length of the whole datagram, so its payload ends where the fragment does. */
function decodeUdp(view: DataView, offset: number, end: number, header: IpHeader): Packet {
  if (Math.min(view.byteLength, end) < offset + 8) return malformed(header, 'UDP header cut short');
  const length = view.getUint16(offset + 4) || end - offset;
  if (length < 8) return malformed(header, `UDP length ${length} is less than its header`);
  if (offset + length > end && !header.moreFragments) return malformed(header, `UDP length ${length} in a payload of ${end - offset}`);
  const payloadEnd = Math.min(offset + length, end, view.byteLength);
  return {
    kind: 'udp',
    sourcePort: view.getUint16(offset),
    destinationPort: view.getUint16(offset + 2),
    payload: new Uint8Array(view.buffer, view.byteOffset + offset + 8, payloadEnd - offset - 8),
    ...header,
  };
}
