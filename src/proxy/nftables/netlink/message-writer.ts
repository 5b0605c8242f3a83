import { endianness } from 'node:os';

// linux/netlink.h and linux/netfilter/nfnetlink.h: the numbers of a header are in the machine's byte order, those in attributes in the network's.
const littleEndian = endianness() === 'LE';
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLMSG_ERROR = 0x2;
const NLA_F_NESTED = 0x8000;
const headerBytes = 16;
/** struct nfgenmsg: a family, a version, a resource id. */
const familyBytes = 4;
const attributeHeaderBytes = 4;

/** Writes netlink messages of netfilter one behind the other, each with its attributes (netlink(7)). */
export class MessageWriter {
  #buffer: Buffer;
  #length = 0;
  #message = 0;
  #sequence = 0;

  constructor(capacity: number) {
    this.#buffer = Buffer.alloc(capacity);
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** The number of the message that was begun last. */
  get sequence(): number {
    return this.#sequence;
  }

  /** @param flags besides NLM_F_REQUEST. */
  begin(type: number, flags: number, family: number, resource = 0): void {
    this.#sequence += 1;
    this.#message = this.#reserve(headerBytes + familyBytes);
    this.#host16(this.#message + 4, type);
    this.#host16(this.#message + 6, NLM_F_REQUEST | flags);
    this.#host32(this.#message + 8, this.#sequence);
    this.#buffer.writeUInt8(family, this.#message + headerBytes);
    this.#buffer.writeUInt16BE(resource, this.#message + headerBytes + 2);
  }

  end(): void {
    this.#host32(this.#message, this.#length - this.#message);
  }

  /** Asks for an answer to the message that was begun last. */
  acknowledge(): void {
    const at = this.#message + 6;
    this.#host16(at, (littleEndian ? this.#buffer.readUInt16LE(at) : this.#buffer.readUInt16BE(at)) | NLM_F_ACK);
  }

  /** Begins an attribute that holds others; gives what `close` takes. */
  open(type: number): number {
    const at = this.#reserve(attributeHeaderBytes);
    this.#host16(at + 2, type | NLA_F_NESTED);
    return at;
  }

  close(at: number): void {
    this.#host16(at, this.#length - at);
  }

  text(type: number, value: string): void {
    // The buffer may be another one after room was made.
    const at = this.#attribute(type, Buffer.byteLength(value) + 1);
    this.#buffer.write(value, at);
  }

  number(type: number, value: number): void {
    const at = this.#attribute(type, 4);
    this.#buffer.writeUInt32BE(value, at);
  }

  bytes(type: number, value: Uint8Array): void {
    const at = this.#attribute(type, value.length);
    this.#buffer.set(value, at);
  }

  /** What has been written, as long as nothing else is; the next message begins anew. */
  take(): Buffer {
    const written = this.#buffer.subarray(0, this.#length);
    this.#buffer = Buffer.alloc(this.#buffer.length);
    this.#length = 0;
    this.#sequence = 0;
    return written;
  }

  /** Gives where the value goes. */
  #attribute(type: number, bytes: number): number {
    const at = this.#reserve(attributeHeaderBytes + bytes);
    this.#host16(at, attributeHeaderBytes + bytes);
    this.#host16(at + 2, type);
    return at + attributeHeaderBytes;
  }

  #reserve(bytes: number): number {
    const at = this.#length;
    this.#length += (bytes + 3) & ~3;
    if (this.#length > this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer], this.#length * 2);
    return at;
  }

  #host16(at: number, value: number): void {
    if (littleEndian) this.#buffer.writeUInt16LE(value, at);
    else this.#buffer.writeUInt16BE(value, at);
  }

  #host32(at: number, value: number): void {
    if (littleEndian) this.#buffer.writeUInt32LE(value, at);
    else this.#buffer.writeUInt32BE(value, at);
  }
}

/** A number as a register, or a map's key, holds it. */
export function inHostOrder(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  if (littleEndian) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}

/** What the kernel said to a message. */
export interface Acknowledgement {
  readonly sequence: number;
  /** Of errno(3); 0 where it has done what was asked. */
  readonly errno: number;
}

/** @param bytes as one recv(2) gives them. */
export function readAcknowledgements(bytes: Buffer): readonly Acknowledgement[] {
  const read16 = (at: number) => (littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const read32 = (at: number) => (littleEndian ? bytes.readInt32LE(at) : bytes.readInt32BE(at));
  const all: Acknowledgement[] = [];
  for (let at = 0; at + headerBytes + 4 <= bytes.length; at += Math.max(headerBytes, (read32(at) + 3) & ~3)) {
    if (read16(at + 4) === NLMSG_ERROR) all.push({ sequence: read32(at + 8), errno: -read32(at + headerBytes) });
  }
  return all;
}
