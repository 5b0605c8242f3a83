import type { Readable, Writable } from 'node:stream';

/** Type of stream, three zero bytes, length in bytes (big-endian). */
const headerBytes = 8;
const stderrType = 2;

/**
 * Takes apart what the engine sends in frames over one connection where there is no terminal (Docker Engine API v1.41, "Attach to a container", "Stream
 * format"). docker-modem's `demuxStream` copies all that is left of a chunk for every frame in it: with many small frames, of which what a shell prints consists,
 * that was a tenth of a run's time on this side.
 */
export function splitStreams(connection: Readable, stdout: Writable, stderr: Writable): void {
  let header: Buffer = Buffer.alloc(0);
  let target = stdout;
  let missing = 0;
  connection.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      if (missing > 0) {
        const content = chunk.subarray(at, at + missing);
        target.write(content);
        missing -= content.length;
        at += content.length;
        continue;
      }
      const more = chunk.subarray(at, at + headerBytes - header.length);
      header = Buffer.concat([header, more]);
      at += more.length;
      if (header.length < headerBytes) return;
      target = header.readUInt8(0) === stderrType ? stderr : stdout;
      missing = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  });
}
