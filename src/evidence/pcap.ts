import { UnreadableError } from './unreadable.js';

/** One captured packet. `timestampUs` is microseconds since 1970; a nanosecond capture keeps what a double holds (a quarter of a microsecond). */
export interface PcapRecord {
  readonly timestampUs: number;
  /** What was captured: at most the snap length. A view on the file's bytes, not a copy. */
  readonly data: Uint8Array;
  /** Bytes that the packet had on the wire. */
  readonly originalLength: number;
}

export interface Pcap {
  /** As in <https://www.tcpdump.org/linktypes.html>: 1 is Ethernet, 276 LINUX_SLL2. */
  readonly linkType: number;
  readonly snapLength: number;
  /** True when the file ends inside its last record: its writer was killed, or its disk was full. */
  readonly truncated: boolean;
  /** The whole records, in the file's order. Each call starts again. */
  records(): Generator<PcapRecord, void, undefined>;
}

/**
 * Reads a classic pcap file (pcap-savefile(5)): both byte orders, microseconds and nanoseconds.
 * @throws UnreadableError for anything else, pcapng included, and for a record whose length cannot be true.
 */
export function readPcap(bytes: Uint8Array): Pcap {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { littleEndian, fractionPerUs } = readMagic(view);
  if (view.byteLength < fileHeader)
    throw new UnreadableError(`byte ${view.byteLength}`, `the file header of a capture has ${fileHeader} bytes`);
  const major = view.getUint16(4, littleEndian);
  if (major !== 2) throw new UnreadableError('byte 4', `pcap version ${major} is not known, only 2`);
  const snapLength = view.getUint32(16, littleEndian);
  // The upper half of the field carries the length of the frame check sequence.
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  const end = endOfWholeRecords(view, littleEndian, Math.max(snapLength, largestSnapLength));

  function* records(): Generator<PcapRecord, void, undefined> {
    for (let offset = fileHeader; offset < end; ) {
      const length = view.getUint32(offset + 8, littleEndian);
      const start = offset + recordHeader;
      yield {
        timestampUs: view.getUint32(offset, littleEndian) * 1_000_000 + view.getUint32(offset + 4, littleEndian) / fractionPerUs,
        data: bytes.subarray(start, start + length),
        originalLength: view.getUint32(offset + 12, littleEndian),
      };
      offset = start + length;
    }
  }
  return { linkType, snapLength, truncated: end < view.byteLength, records };
}

const fileHeader = 24;
const recordHeader = 16;
/** tcpdump's own default and limit (MAXIMUM_SNAPLEN); a header may promise less than its records hold. */
const largestSnapLength = 262_144;

function readMagic(view: DataView): { littleEndian: boolean; fractionPerUs: number } {
  if (view.byteLength < 4) throw new UnreadableError(`byte ${view.byteLength}`, 'the capture is empty: nothing was written to it');
  const magic = view.getUint32(0, false);
  switch (magic) {
    case 0xa1b2c3d4:
      return { littleEndian: false, fractionPerUs: 1 };
    case 0xd4c3b2a1:
      return { littleEndian: true, fractionPerUs: 1 };
    case 0xa1b23c4d:
      return { littleEndian: false, fractionPerUs: 1000 };
    case 0x4d3cb2a1:
      return { littleEndian: true, fractionPerUs: 1000 };
    case 0x0a0d0d0a:
      throw new UnreadableError('byte 0', 'this is a pcapng file; only classic pcap is read (editcap -F pcap converts it)');
    default:
      throw new UnreadableError('byte 0', `0x${magic.toString(16).padStart(8, '0')} is not the beginning of a pcap file`);
  }
}

/** Only the record headers are looked at, so a truncated end is known before the first packet is decoded. */
function endOfWholeRecords(view: DataView, littleEndian: boolean, longest: number): number {
  let offset = fileHeader;
  for (let number = 1; offset + recordHeader <= view.byteLength; number += 1) {
    const length = view.getUint32(offset + 8, littleEndian);
    if (length > longest)
      throw new UnreadableError(`byte ${offset}`, `packet ${number} says that it holds ${length} bytes: the file is damaged`);
    const next = offset + recordHeader + length;
    if (next > view.byteLength) break;
    offset = next;
  }
  return offset;
}
