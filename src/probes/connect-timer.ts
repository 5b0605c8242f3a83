import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { z } from 'zod';
import { EnvironmentError } from '../core/errors.js';
import type { Executor, RunningCommand } from '../core/executor.js';
import { failure } from './files.js';

/** The program that times connect(2) alone; the embedded cluster has it in its sandbox. */
const program = 'svclab-connect-times';
/** The kernel would try for two minutes to reach what does not answer (tcp(7), tcp_syn_retries). */
const usualPatienceMs = 30_000;

/** One place's program, which stays: its own start, tens of milliseconds, is no part of a turn. */
export class ConnectTimer implements AsyncDisposable {
  readonly #command: RunningCommand;
  readonly #lines: AsyncIterator<string>;
  readonly #patienceMs: number;

  /** @param to `address:port`. */
  static async start(executor: Executor, to: string, signal: AbortSignal, patienceMs = usualPatienceMs): Promise<ConnectTimer> {
    const at = to.lastIndexOf(':');
    const output = new PassThrough();
    const argv = [program, to.slice(0, at), to.slice(at + 1)];
    const command = await executor.start(argv, { asked: true, onStdout: (text) => void output.write(text), signal });
    command.ended.then(() => output.end());
    return new ConnectTimer(command, createInterface({ input: output })[Symbol.asyncIterator](), patienceMs);
  }

  private constructor(command: RunningCommand, lines: AsyncIterator<string>, patienceMs: number) {
    this.#command = command;
    this.#lines = lines;
    this.#patienceMs = patienceMs;
  }

  /** @returns microseconds, one for each connection. @throws EnvironmentError where one fails, or none of them ends. */
  async turn(connections: number): Promise<readonly number[]> {
    let late = false;
    const onLate = (): void => {
      late = true;
      this.#command.stop('SIGKILL');
    };
    const timer = setTimeout(onLate, this.#patienceMs);
    try {
      this.#command.write(`${connections}\n`);
      const { value, done } = await this.#lines.next();
      if (done === true) {
        const end = await this.#command.ended;
        throw failure(late ? { ...end, ended: 'timeout', stderr: `no connection within ${this.#patienceMs / 1_000} s` } : end);
      }
      const times = timesSchema.safeParse(value);
      if (times.success && times.data.length === connections) return times.data;
      throw new EnvironmentError(`${program} printed something else than ${connections} times`);
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#command[Symbol.asyncDispose]();
  }
}

const timesSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('not JSON');
      return z.NEVER;
    }
  })
  .pipe(z.array(z.number()));
