import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { listenTo } from '../../../exec/listen-to.js';
import type { AgentEvent, CommandSpec, Ended, StartRequest } from '../../../exec/protocol.js';
import type { Namespaces } from './system.js';

/** Starts commands in namespaces, each in a process group of its own, so that what it starts ends with it. */
export class Commands {
  readonly #namespaces: Namespaces;
  readonly #send: (event: AgentEvent) => void;
  readonly #env: NodeJS.ProcessEnv;
  readonly #running = new Map<number, ChildProcess>();

  constructor(namespaces: Namespaces, env: NodeJS.ProcessEnv, send: (event: AgentEvent) => void) {
    this.#namespaces = namespaces;
    this.#env = env;
    this.#send = send;
  }

  run(tag: number, command: CommandSpec, input: string | undefined, timeoutMs: number): Promise<Ended> {
    const { child, ended } = this.#spawn(tag, command, { stdin: input === undefined ? 'ignore' : 'pipe', stdout: 'pipe', timeoutMs });
    // A command that ends without reading its input closes the pipe early; its exit code tells what happened.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    return ended;
  }

  /** Returns once the process is there, or how it failed to come about; what it says and its end arrive as events. */
  async start({ tag, command, stdoutFile, asked, heard }: Omit<StartRequest, 'op'>): Promise<Ended | undefined> {
    const file = stdoutFile === undefined ? undefined : openSync(stdoutFile, 'w');
    try {
      const { child, ended } = this.#spawn(tag, command, {
        stdin: asked ? 'pipe' : 'ignore',
        stdout: file ?? (heard ? 'pipe' : 'ignore'),
        onStderr: (text) => this.#send({ event: 'stderr', tag, text }),
      });
      child.stdin?.on('error', () => {});
      listenTo(child.stdout, (text) => this.#send({ event: 'stdout', tag, text }));
      ended.then((result) => this.#send({ event: 'ended', tag, result }));
      return await new Promise((resolve) => {
        child.once('spawn', () => resolve(undefined));
        ended.then(resolve);
      });
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  input(tag: number, text: string): void {
    this.#running.get(tag)?.stdin?.write(text);
  }

  signal(tag: number, signal: NodeJS.Signals): void {
    const child = this.#running.get(tag);
    if (child !== undefined) killGroup(child, signal);
  }

  #spawn(tag: number, command: CommandSpec, options: SpawnOptions): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
    const { stdin, stdout, timeoutMs } = options;
    const begun = performance.now();
    const [program = '', ...args] = command.argv;
    const child = this.#namespaces.within(command.namespace, () =>
      spawn(program, args, { env: { ...this.#env, ...command.env }, stdio: [stdin, stdout, 'pipe'], detached: true }),
    );
    this.#running.set(tag, child);
    let timedOut = false;
    const onTimeout = (): void => {
      timedOut = true;
      killGroup(child, 'SIGKILL');
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      err.push(chunk);
      options.onStderr?.(chunk.toString());
    });
    const ended = new Promise<Ended>((resolve) => {
      const end = (how: Ended['how'], exitCode: number | null, signal: string | null, extra = ''): void => {
        clearTimeout(timer);
        this.#running.delete(tag);
        const stderr = Buffer.concat(err).toString() + extra;
        resolve({ how, exitCode, signal, stdout: Buffer.concat(out).toString(), stderr, durationMs: performance.now() - begun });
      };
      child.on('error', (error) => end('not-started', null, null, error.message));
      child.on('close', (code, signal) => end(timedOut ? 'timeout' : code === null ? 'signal' : 'exit', code, signal));
    });
    return { child, ended };
  }
}

interface SpawnOptions {
  /** Node's pipes are sockets, and bash reads the user's ~/.bashrc when its input is a socket (bash(1), INVOCATION): none without need. */
  readonly stdin: 'ignore' | 'pipe';
  readonly stdout: 'ignore' | 'pipe' | number;
  readonly onStderr?: (text: string) => void;
  readonly timeoutMs?: number;
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended in between.
  }
}
