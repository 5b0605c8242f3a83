import { randomBytes } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';

/** Says its own pid in a line of standard error, and becomes the command: what stands between may say something before it, as ssh does. */
const script = 'echo "$0 $$" >&2 && exec "$@"';

export interface Announced {
  /** What is to be started. */
  readonly argv: readonly string[];
  /**
   * Takes the line with the pid out of what it says.
   * @returns the pid there, undefined where the command ended, or could not be started, without saying it; and the rest of standard error.
   */
  listen(stderr: Readable): { readonly pid: Promise<string | undefined>; readonly rest: Readable };
}

/** A command that can be sent a signal where nothing but its streams is known of it. */
export function announced(argv: readonly string[]): Announced {
  const mark = `svclab-${randomBytes(8).toString('hex')}`;
  return { argv: ['sh', '-c', script, mark, ...argv], listen: (stderr) => listen(stderr, mark) };
}

function listen(stderr: Readable, mark: string): ReturnType<Announced['listen']> {
  const rest = new PassThrough();
  const pid = new Promise<string | undefined>((resolve) => {
    let waiting: Buffer | undefined = Buffer.alloc(0);
    stderr.on('data', (chunk: Buffer) => {
      if (waiting === undefined) {
        rest.write(chunk);
        return;
      }
      waiting = Buffer.concat([waiting, chunk]);
      // Bytes, not text: what follows the line may be cut within a character.
      const found = new RegExp(`^${mark} (\\d+)\\n`, 'm').exec(waiting.toString('latin1'));
      if (found === null) return;
      rest.write(waiting.subarray(0, found.index));
      rest.write(waiting.subarray(found.index + found[0].length));
      waiting = undefined;
      resolve(found[1]);
    });
    for (const event of ['end', 'close', 'error']) {
      stderr.once(event, () => {
        if (!rest.writableEnded) rest.end(waiting);
        resolve(undefined);
      });
    }
  });
  return { pid, rest };
}
