import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import type { CommandContext } from '../context.js';

/** For tests alone: what a command is given, and what it has written so far. */
export function testContext(changes: Partial<CommandContext> = {}): {
  readonly context: CommandContext;
  readonly out: () => string;
  readonly err: () => string;
} {
  const [stdout, stderr] = [recorder(), recorder()];
  const context: CommandContext = {
    stdin: new PassThrough(),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: {},
    cwd: process.cwd(),
    root: false,
    language: 'en',
    color: false,
    unicode: true,
    program: 'svclab',
    signal: new AbortController().signal,
    ...changes,
  };
  return { context, out: stdout.text, err: stderr.text };
}

/** A stream that looks like a process's own, and is no terminal. */
function recorder(): { readonly stream: WriteStream; readonly text: () => string } {
  const stream = new PassThrough();
  let written = '';
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  // Nothing but `write` and `isTTY` is used of it.
  return { stream: stream as unknown as WriteStream, text: () => written };
}
