import { ipv4Text, ipv6Text } from './addresses.js';
import { type Frame, type IpHeader, malformed, type Packet } from './packet.js';
import { decodeTransport } from './transport.js';

/** RFC 791. Options are stepped over. Checksums are not looked at: offloading leaves them empty in captures of sent packets. */
export function decodeIpv4(view: DataView, offset: number, frame: Frame): Packet {
  if (view.byteLength < offset + 20) return malformed(frame, 'IPv4 header cut short');
  const first = view.getUint8(offset);
  if (first >> 4 !== 4) return malformed(frame, `IPv4 expected, but the header says version ${first >> 4}`);
  const headerLength = (first & 0x0f) * 4;
  if (headerLength < 20) return malformed(frame, `IPv4 header of ${headerLength} bytes`);
  if (view.byteLength < offset + headerLength) return malformed(frame, 'IPv4 options cut short');
  const onWire = frame.length - offset;
  // 0 is what segmentation offload leaves in a packet of more than 64 KiB.
  const totalLength = view.getUint16(offset + 2) || onWire;
  if (totalLength < headerLength) return malformed(frame, `IPv4 total length ${totalLength} is less than its header`);
  if (totalLength > onWire) return malformed(frame, `IPv4 total length ${totalLength}, but only ${onWire} bytes on the wire`);
  const fragment = view.getUint16(offset + 6);
  const header: IpHeader = {
    version: 4,
    source: ipv4Text(view, offset + 12),
    destination: ipv4Text(view, offset + 16),
    ttl: view.getUint8(offset + 8),
    protocol: view.getUint8(offset + 9),
    identification: view.getUint16(offset + 4),
    fragmentOffset: (fragment & 0x1fff) * 8,
    moreFragments: (fragment & 0x2000) !== 0,
    ...frame,
  };
  return decodeTransport(view, offset + headerLength, offset + totalLength, header);
}

/** RFC 8200, the basic header alone: a packet with extension headers is an `ip` packet whose protocol is the first of them. */
export function decodeIpv6(view: DataView, offset: number, frame: Frame): Packet {
  if (view.byteLength < offset + 40) return malformed(frame, 'IPv6 header cut short');
  const version = view.getUint8(offset) >> 4;
  if (version !== 6) return malformed(frame, `IPv6 expected, but the header says version ${version}`);
  const onWire = frame.length - offset - 40;
  const payloadLength = view.getUint16(offset + 4) || onWire;
  if (payloadLength > onWire) return malformed(frame, `IPv6 payload length ${payloadLength}, but only ${onWire} bytes on the wire`);
  const header: IpHeader = {
    version: 6,
    source: ipv6Text(view, offset + 8),
    destination: ipv6Text(view, offset + 24),
    ttl: view.getUint8(offset + 7),
    protocol: view.getUint8(offset + 6),
    identification: 0,
    fragmentOffset: 0,
    moreFragments: false,
    ...frame,
  };
  return decodeTransport(view, offset + 40, offset + 40 + payloadLength, header);
}
