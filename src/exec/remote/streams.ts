import type { Readable, Writable } from 'node:stream';

/** A process with its streams, wherever it runs. */
export interface Streams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its exit code when it has ended and all its output has come; null where the connection was lost or nobody knows. Never rejects. */
  readonly ended: Promise<number | null>;
  /** Cuts the connection. What runs there may go on. */
  close(): void;
}

/**
 * Starts a process somewhere: in a container, in a pod.
 * @throws EnvironmentError when it cannot be reached.
 */
export type OpenStreams = (argv: readonly string[]) => Promise<Streams>;
