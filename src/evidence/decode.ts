import { decodeArp } from './arp.js';
import { decodeIpv4, decodeIpv6 } from './ip.js';
import { type LinkDecoder, linkDecoder } from './link.js';
import { malformed, type Packet } from './packet.js';
import type { Pcap, PcapRecord } from './pcap.js';
import { UnreadableError } from './unreadable.js';

/**
 * Decodes every packet of a capture. A packet that contradicts itself becomes a `malformed` one, and never stops the others.
 * @throws UnreadableError when the capture's link type is neither Ethernet nor LINUX_SLL2.
 */
export function decodePackets(capture: Pcap): readonly Packet[] {
  const link = linkDecoder(capture.linkType);
  if (link === undefined)
    throw new UnreadableError('byte 20', `link type ${capture.linkType} is not read, only 1 (Ethernet) and 276 (LINUX_SLL2)`);
  const packets: Packet[] = [];
  for (const record of capture.records()) packets.push(decodeRecord(link, record));
  return packets;
}

function decodeRecord(link: LinkDecoder, record: PcapRecord): Packet {
  const view = new DataView(record.data.buffer, record.data.byteOffset, record.data.byteLength);
  const { frame, etherType, offset } = link(view, record);
  switch (etherType) {
    case undefined:
      return malformed(frame, 'link header cut short');
    case 0x0800:
      return decodeIpv4(view, offset, frame);
    case 0x86dd:
      return decodeIpv6(view, offset, frame);
    case 0x0806:
      return decodeArp(view, offset, frame);
    default:
      return { kind: 'other', etherType, ...frame };
  }
}
