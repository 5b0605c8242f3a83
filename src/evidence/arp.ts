import { ipv4Text, macText } from './addresses.js';
import { type Frame, malformed, type Packet } from './packet.js';

/** ARP for IPv4 over Ethernet (RFC 826); any other combination is only named. */
export function decodeArp(view: DataView, offset: number, frame: Frame): Packet {
  if (view.byteLength < offset + 28) return malformed(frame, 'ARP packet cut short');
  if (view.getUint16(offset + 2) !== 0x0800 || view.getUint8(offset + 4) !== 6 || view.getUint8(offset + 5) !== 4) {
    return malformed(frame, 'ARP for something else than IPv4 over Ethernet');
  }
  return {
    kind: 'arp',
    operation: view.getUint16(offset + 6),
    senderMac: macText(view, offset + 8),
    source: ipv4Text(view, offset + 14),
    targetMac: macText(view, offset + 18),
    destination: ipv4Text(view, offset + 24),
    ...frame,
  };
}
