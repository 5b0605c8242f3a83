export interface WrittenRecord {
  readonly seconds: number;
  /** Micro- or nanoseconds, as the file has them. */
  readonly fraction: number;
  readonly data: Uint8Array;
  readonly originalLength?: number;
}

export interface WriteOptions {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  readonly linkType: number;
  readonly snapLength?: number;
}

/** A classic pcap file, as pcap-savefile(5) describes it. */
export function writePcap(
  records: readonly WrittenRecord[],
  { littleEndian, nanoseconds, linkType, snapLength = 262_144 }: WriteOptions,
): Uint8Array {
  const size = records.reduce((sum, { data }) => sum + 16 + data.length, 24);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, littleEndian);
  view.setUint16(4, 2, littleEndian);
  view.setUint16(6, 4, littleEndian);
  view.setUint32(16, snapLength, littleEndian);
  view.setUint32(20, linkType, littleEndian);
  let offset = 24;
  for (const { seconds, fraction, data, originalLength = data.length } of records) {
    view.setUint32(offset, seconds, littleEndian);
    view.setUint32(offset + 4, fraction, littleEndian);
    view.setUint32(offset + 8, data.length, littleEndian);
    view.setUint32(offset + 12, originalLength, littleEndian);
    bytes.set(data, offset + 16);
    offset += 16 + data.length;
  }
  return bytes;
}
