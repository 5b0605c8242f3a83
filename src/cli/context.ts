import type { ReadStream, WriteStream } from 'node:tty';
import type { Language } from '../core/text.js';

/** What a command is given of the process it runs in. */
export interface CommandContext {
  readonly stdin: ReadStream | NodeJS.ReadableStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly root: boolean;
  readonly language: Language;
  readonly color: boolean;
  readonly unicode: boolean;
  /** What a user types to start the program, for the commands that messages propose. */
  readonly program: string;
  /** Aborted with an InterruptedError when the user or the system asks for the end. */
  readonly signal: AbortSignal;
}
