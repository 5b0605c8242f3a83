import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { EnvironmentError } from '../../core/errors.js';
import type { CommandResult, Executor, Place, RunningCommand, RunOptions, StartOptions } from '../../core/executor.js';
import { listenTo } from '../listen-to.js';
import { killOnAbort, runningCommand } from '../running-command.js';
import { SignOfLife } from '../sign-of-life.js';
import { announced } from './announced-pid.js';
import { agentCommand, ShellAgent } from './shell-agent.js';
import type { OpenStreams, Streams } from './streams.js';

/**
 * Commands in something that is reached by streams alone, which pass no signals on. Short ones are run by an agent there; one that goes on has
 * streams of its own, and says its pid there, so that the agent can send it a signal.
 */
export class RemoteExecutor implements Executor, AsyncDisposable {
  readonly place: Place;
  readonly #open: OpenStreams;
  #agent: Promise<ShellAgent> | undefined;

  constructor(place: Place, open: OpenStreams) {
    this.place = place;
    this.#open = open;
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const since = performance.now();
    const result = (end: Partial<CommandResult>): CommandResult => ({
      ...{ place: this.place, argv, ended: 'exit', exitCode: null, signal: null, stdout: '', stderr: '' },
      durationMs: performance.now() - since,
      ...end,
    });
    if (options.signal?.aborted) return result({ ended: 'aborted' });
    const agent = await this.#connect().catch((error: unknown) => String(error instanceof Error ? error.message : error));
    if (typeof agent === 'string') return result({ ended: 'not-started', stderr: agent });
    const timeoutMs = options.timeoutMs ?? 30_000;
    const { id, answer } = agent.run(argv, options.input);
    return new Promise((resolve) => {
      const settle = (end: Partial<CommandResult>): void => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
        resolve(result(end));
      };
      const cut = (ended: 'aborted' | 'timeout'): void => {
        agent.end(id);
        settle({ ended });
      };
      const onAbort = (): void => cut('aborted');
      const timer = timeoutMs === 0 ? undefined : setTimeout(() => cut('timeout'), timeoutMs);
      options.signal?.addEventListener('abort', onAbort, { once: true });
      answer.then(settle, (error: Error) => settle({ ended: 'not-started', stderr: error.message }));
    });
  }

  async start(argv: readonly string[], options: StartOptions = {}): Promise<RunningCommand> {
    options.signal?.throwIfAborted();
    const withPid = announced(argv);
    const since = performance.now();
    const file = options.stdoutFile === undefined ? undefined : await openFile(options.stdoutFile);
    const streams = await this.#open(withPid.argv).catch((error: unknown) => {
      file?.destroy();
      throw error;
    });
    const { pid, rest: stderr } = withPid.listen(streams.stderr);
    const heard = listen({ stdout: streams.stdout, stderr }, file);
    const command = { place: this.place, argv };
    const ended = this.#endOf(streams, heard).then((end) => ({ ...command, ...end, durationMs: performance.now() - since }));
    const life = new SignOfLife(argv, ended);
    stderr.on('data', (chunk: Buffer) => {
      life.hear(chunk.toString());
      options.onStderr?.(chunk.toString());
    });
    if (file === undefined) listenTo(streams.stdout, options.onStdout);
    const stop = async (signal: NodeJS.Signals = 'SIGINT'): Promise<CommandResult> => {
      const there = await pid;
      if (there !== undefined && !(await this.#signal(there, signal))) streams.close();
      return ended;
    };
    streams.stdin.on('error', () => {});
    const write = (text: string): void => void streams.stdin.write(text);
    return killOnAbort(runningCommand(command, ended, life, { stop, write }), options.signal);
  }

  /** Cuts the connection; what still runs there ends with it, or with the place. */
  abandon(): void {
    this.#agent?.then(
      (agent) => agent.abandon(),
      () => {},
    );
    this.#agent = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const agent = await this.#agent?.catch(() => undefined);
    this.#agent = undefined;
    await agent?.close();
  }

  /** @returns false where nobody is there to send it: the place has gone, and the command with it. */
  async #signal(pid: string, signal: NodeJS.Signals): Promise<boolean> {
    const agent = await this.#connect().catch(() => undefined);
    return (await agent?.signal(pid, signal)) ?? false;
  }

  /** One agent for all; a new one where the last has gone. @throws EnvironmentError */
  #connect(): Promise<ShellAgent> {
    const last = this.#agent ?? Promise.resolve(undefined);
    const agent = last
      .catch(() => undefined)
      .then(async (known) => (known?.alive ? known : new ShellAgent(await this.#open(agentCommand), this.place)));
    this.#agent = agent;
    return agent;
  }

  async #endOf(streams: Streams, heard: Heard): Promise<Omit<CommandResult, 'place' | 'argv' | 'durationMs'>> {
    const code = await streams.ended;
    const problem = await heard.written;
    const said = { stdout: heard.stdout(), stderr: heard.stderr() + problem };
    if (code === null) return { ...said, ended: 'signal', exitCode: null, signal: null };
    // A command may well succeed while its output cannot be written.
    return { ...said, ended: 'exit', exitCode: problem !== '' && code === 0 ? null : code, signal: null };
  }
}

interface Heard {
  stdout(): string;
  stderr(): string;
  /** When all of it has been heard, and is in the file; what went wrong there, or nothing. */
  readonly written: Promise<string>;
}

function listen(streams: Pick<Streams, 'stdout' | 'stderr'>, file: ReturnType<typeof createWriteStream> | undefined): Heard {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  streams.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const said = finished(streams.stderr).catch(() => {});
  let written = Promise.resolve('');
  if (file === undefined) streams.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  else {
    written = finished(file).then(
      () => '',
      (error: Error) => `\n${error.message}`,
    );
    streams.stdout.pipe(file);
  }
  const all = Promise.all([written, said]).then(([problem]) => problem);
  return { stdout: () => Buffer.concat(out).toString(), stderr: () => Buffer.concat(err).toString(), written: all };
}

async function openFile(path: string) {
  const file = createWriteStream(path);
  try {
    await once(file, 'open');
    return file;
  } catch (cause) {
    throw new EnvironmentError(`${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
