import type { Frame } from './packet.js';
import type { PcapRecord } from './pcap.js';

export const linkTypes = { ethernet: 1, linuxSll2: 276 } as const;

export interface LinkHeader {
  readonly frame: Frame;
  /** What follows, as an EtherType; absent where the link header is malformed. */
  readonly etherType?: number;
  /** Where it follows. */
  readonly offset: number;
}

export type LinkDecoder = (view: DataView, record: PcapRecord) => LinkHeader;

/** @returns undefined for a link type that is not known. */
export function linkDecoder(linkType: number): LinkDecoder | undefined {
  switch (linkType) {
    case linkTypes.ethernet:
      return ethernet;
    case linkTypes.linuxSll2:
      return linuxSll2;
    default:
      return undefined;
  }
}

function ethernet(view: DataView, record: PcapRecord): LinkHeader {
  const frame: Frame = { timestampUs: record.timestampUs, length: record.originalLength, direction: 'other' };
  if (view.byteLength < 14) return { frame, offset: 0 };
  return afterVlanTags(view, frame, view.getUint16(12), 14);
}

/** <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html>: 20 bytes, big-endian. */
function linuxSll2(view: DataView, record: PcapRecord): LinkHeader {
  if (view.byteLength < 20) {
    return { frame: { timestampUs: record.timestampUs, length: record.originalLength, direction: 'other' }, offset: 0 };
  }
  const hardwareType = view.getUint16(8);
  const frame: Frame = {
    timestampUs: record.timestampUs,
    length: record.originalLength,
    direction: directionOf(view.getUint8(10)),
    ifindex: view.getUint32(4),
    hardwareType,
  };
  // On a netlink monitor (ARPHRD_NETLINK) the field holds a netlink family, which is no EtherType.
  if (hardwareType === 824) return { frame, etherType: 0, offset: 20 };
  return afterVlanTags(view, frame, view.getUint16(0), 20);
}

/** PACKET_HOST, _BROADCAST and _MULTICAST came in; PACKET_OTHERHOST did too, but for someone else; PACKET_OUTGOING went out (packet(7)). */
function directionOf(packetType: number): Frame['direction'] {
  if (packetType <= 2) return 'in';
  return packetType === 4 ? 'out' : 'other';
}

function afterVlanTags(view: DataView, frame: Frame, first: number, start: number): LinkHeader {
  let etherType = first;
  let offset = start;
  while (etherType === 0x8100 || etherType === 0x88a8) {
    if (view.byteLength < offset + 4) return { frame, offset };
    etherType = view.getUint16(offset + 2);
    offset += 4;
  }
  return { frame, etherType, offset };
}
