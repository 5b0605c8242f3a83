import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Hands on the text of a stream as it comes; a character whose bytes come apart is whole. */
export function listenTo(stream: Readable | null | undefined, hear: ((text: string) => void) | undefined): void {
  if (stream === null || stream === undefined || hear === undefined) return;
  const decoder = new StringDecoder('utf8');
  stream.on('data', (chunk: Buffer) => hear(decoder.write(chunk)));
  stream.on('end', () => {
    const rest = decoder.end();
    if (rest !== '') hear(rest);
  });
}
