/** For tests alone: netlink messages of netfilter as values that can be compared. */
export interface ReadMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly attributes: readonly ReadAttribute[];
}

/** @property value in hexadecimal, or the attributes that it holds. */
export interface ReadAttribute {
  readonly type: number;
  readonly value: string | readonly ReadAttribute[];
}

/** @throws Error where a length leads beyond what is there, or a message or an attribute does not end where the next begins. */
export function readMessages(bytes: Buffer): readonly ReadMessage[] {
  const all: ReadMessage[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    if (length < 20 || at + length > bytes.length || length % 4 !== 0)
      throw new Error(`a message of ${length} bytes at ${at} of ${bytes.length}`);
    all.push({
      type: bytes.readUInt16LE(at + 4),
      flags: bytes.readUInt16LE(at + 6),
      sequence: bytes.readUInt32LE(at + 8),
      attributes: readAttributes(bytes.subarray(at + 20, at + length)),
    });
    at += length;
  }
  return all;
}

function readAttributes(bytes: Buffer): readonly ReadAttribute[] {
  const all: ReadAttribute[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    const type = bytes.readUInt16LE(at + 2);
    if (length < 4 || at + length > bytes.length) throw new Error(`an attribute of ${length} bytes at ${at} of ${bytes.length}`);
    const value = bytes.subarray(at + 4, at + length);
    all.push((type & 0x8000) === 0 ? { type, value: value.toString('hex') } : { type: type & 0x7fff, value: readAttributes(value) });
    const padding = bytes.subarray(at + length, at + ((length + 3) & ~3));
    if (padding.some((byte) => byte !== 0)) throw new Error(`padding at ${at + length} that is not empty`);
    at += (length + 3) & ~3;
  }
  return all;
}
