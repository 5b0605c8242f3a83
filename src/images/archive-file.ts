import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { UsageError } from '../core/errors.js';

/**
 * An archive of images is one tar file (POSIX.1-1988, ustar): first what `docker save` wrote, so that `docker load` reads the file as it is; then
 * the programs, each as `svclab/NAME`; and last the index, in an entry of fixed size whose name holds the index's own digest. So it is found from the end, and
 * everything is written and read once.
 */
const indexSchema = z.object({
  apiVersion: z.literal('svclab/v2'),
  kind: z.literal('ImageArchive'),
  /** The kind of machine it is for: `x64`, `arm64`. */
  machine: z.string(),
  /** SHA-256 (hex) and number of the bytes before the index. */
  sha256: z.string(),
  bytes: z.int().nonnegative(),
  images: z.array(
    z.object({
      name: z.string(),
      tags: z.array(z.string()),
      /** The digests of the recipe and of what is in the image (EngineImage). */
      recipe: z.string(),
      content: z.string(),
    }),
  ),
  programs: z.array(
    z.object({
      name: z.string().regex(/^[a-z]+$/),
      recipe: z.string(),
      sha256: z.string(),
      /** Where its bytes begin in the file, and how many they are. */
      start: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
    }),
  ),
});

export type ArchiveIndex = z.infer<typeof indexSchema>;

const block = 512;
const indexBytes = 64 * 1024;
const tail = block + indexBytes + 2 * block;
const indexName = /^svclab\/index-([0-9a-f]{64})\.json$/;

/** The header of an entry: a file with the mode 0644. `bytes` is less than 8 GiB. */
export function tarHeader(name: string, bytes: number): Buffer {
  const header = Buffer.alloc(block);
  const put = (text: string, at: number): void => void header.write(text, at, 'latin1');
  put(name, 0);
  put(['0000644', '0000000', '0000000', ''].join('\0'), 100);
  put(`${bytes.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`, 124);
  put('        0', 148);
  put('ustar\u000000', 257);
  put(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** The zeros that fill an entry's last block. */
export function padding(bytes: number): Buffer {
  return Buffer.alloc((block - (bytes % block)) % block);
}

/** Where the entries of a tar end: there, more can be written. @throws Error when it has no end. */
export async function endOfTar(handle: FileHandle): Promise<number> {
  const header = Buffer.alloc(block);
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(header, 0, block, at);
    if (bytesRead < block) throw new Error('the tar has no end');
    if (header.every((byte) => byte === 0)) return at;
    const bytes = sizeOf(header);
    at += block + bytes + padding(bytes).length;
  }
}

/** The last part of an archive: the index in its entry, and the end of the tar. */
export function encodeIndex(index: ArchiveIndex): Buffer {
  const text = JSON.stringify(index, undefined, 2);
  if (text.length >= indexBytes) throw new Error(`the index has ${text.length} bytes; there is room for ${indexBytes}`);
  const content = Buffer.from(`${text.padEnd(indexBytes - 1)}\n`);
  return Buffer.concat([tarHeader(`svclab/index-${hexDigest(content)}.json`, indexBytes), content, Buffer.alloc(2 * block)]);
}

/** The index of an archive; what it says of the rest is not checked. @throws UsageError when there is none, or it is damaged. */
export async function readIndex(file: string): Promise<ArchiveIndex> {
  const end = await readTail(file);
  const name = end.toString('latin1', 0, 100).replace(/\0.*$/s, '');
  const digest = end.length === tail ? indexName.exec(name)?.[1] : undefined;
  if (digest === undefined) {
    throw new UsageError(`${file} is no archive of svclab's images, or its end is missing`, {
      hint: "'svclab images save FILE' writes one; copy it again if it was cut short",
    });
  }
  const content = end.subarray(block, block + indexBytes);
  if (hexDigest(content) !== digest) throw damaged(file, 'its index');
  const value: unknown = JSON.parse(content.toString());
  const parsed = indexSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const version = z.looseObject({ apiVersion: z.string() }).safeParse(value).data?.apiVersion;
  throw new UsageError(`${file} was written by another version of svclab (${version ?? 'unknown'}, and this one reads svclab/v2)`, {
    hint: 'save it again with this version',
  });
}

export function damaged(file: string, what: string): UsageError {
  return new UsageError(`${file} is damaged: ${what} is not as it was written`, {
    hint: 'copy it again from where it was saved, and compare sizes',
  });
}

/** The bytes of a file from `start` up to and not including `end`, in pieces. */
export function pieces(file: string, start: number, end: number): AsyncIterable<Buffer> {
  return end <= start ? Readable.from([]) : createReadStream(file, { start, end: end - 1, highWaterMark: 1 << 20 });
}

async function readTail(file: string): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, tail));
    await handle.read(buffer, 0, buffer.length, size - buffer.length);
    return buffer;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const why =
      code === 'ENOENT' ? 'is not there' : code === 'EISDIR' ? 'is a folder' : code === 'EACCES' ? 'may not be read' : `: ${String(cause)}`;
    throw new UsageError(`${file} ${why}`, { cause });
  } finally {
    await handle?.close();
  }
}

function sizeOf(header: Buffer): number {
  const text = header.toString('latin1', 124, 136).replace(/[\0 ]+$/, '');
  if (!/^[0-7]+$/.test(text) || checksum(header) !== Number.parseInt(header.toString('latin1', 148, 154), 8))
    throw new Error('this is no tar');
  return Number.parseInt(text, 8);
}

/** The sum of all bytes, with spaces where the sum itself stands. */
function checksum(header: Buffer): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}

function hexDigest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
