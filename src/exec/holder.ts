import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { finished } from 'node:stream';
import { EnvironmentError } from '../core/errors.js';
import type { AgentEvent, AgentMessage, Ended, Reply, Request } from './protocol.js';

type Value = Extract<Reply, { ok: true }>['value'];

export interface HolderOptions {
  /** The program that runs inside, with its arguments: a Node script that speaks `protocol.ts`. */
  readonly script: string;
  /** Node's own options for it. */
  readonly nodeOptions: readonly string[];
  /** As root, no user namespace is made. */
  readonly root: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The sandbox: a process in namespaces of its own (unshare(1)) that holds the embedded cluster, and the channel to it.
 * It is tied to this process by the channel: when that closes, also by SIGKILL, the holder ends.
 */
export class Holder implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: Value) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Map<number, (event: Exclude<AgentEvent, { event: 'ready' }>) => void>();
  readonly #gone: Promise<void>;
  #stderr = '';
  #next = 1;
  #over: Error | undefined;
  #released = false;

  /** @throws EnvironmentError with what unshare(1) or the program inside said, when it does not come up. */
  static async start(options: HolderOptions): Promise<Holder> {
    const holder = new Holder(options);
    await holder.#ready;
    return holder;
  }

  readonly #ready: Promise<void>;

  private constructor(options: HolderOptions) {
    // What a user sets for Node is not meant for the program inside: a debugger's port, a test runner's hooks. It speaks no TLS either, so
    // certificates that Node would load at every start only cost time.
    const env = { ...options.env, NODE_OPTIONS: undefined, NODE_EXTRA_CA_CERTS: undefined };
    // Its own session: a Ctrl-C in the terminal is for svclab, which then ends the lab in order.
    this.#child = spawn(
      'unshare',
      [
        ...(options.root ? [] : ['--user', '--map-current-user', '--keep-caps']),
        ...['--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc'],
        ...['--', process.execPath, ...options.nodeOptions, options.script],
      ],
      { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true, env },
    );
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-4_000);
    });
    let ready: () => void = () => {};
    let failed: (error: Error) => void = () => {};
    this.#ready = new Promise((resolve, reject) => {
      ready = resolve;
      failed = reject;
    });
    this.#gone = new Promise((resolve) => {
      const end = (why: string): void => {
        this.#over ??= new EnvironmentError(`the sandbox ended: ${this.#stderr.trim() || why}`, {
          hint: 'svclab doctor says what this machine lacks',
        });
        failed(this.#over);
        for (const { reject } of this.#waiting.values()) reject(this.#over);
        this.#waiting.clear();
        for (const [tag, listener] of this.#listeners) listener({ event: 'ended', tag, result: lost(this.#over.message) });
        this.#listeners.clear();
        resolve();
      };
      this.#child.on('error', (error) => end(error.message));
      this.#child.on('exit', (code, signal) => {
        const why = signal ?? `exit code ${code}`;
        // What the program said last is there only when its standard error has closed. Node's own event `close` does not come after `disconnect()`.
        const { stderr } = this.#child;
        if (stderr === null) end(why);
        else finished(stderr, () => end(why));
      });
    });
    this.#child.on('message', (message: AgentMessage) => {
      if ('event' in message) {
        if (message.event === 'ready') ready();
        else this.#dispatch(message);
        return;
      }
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.ok) waiting?.resolve(message.value);
      else waiting?.reject(Object.assign(new EnvironmentError(message.error), { code: message.code }));
    });
  }

  /** The holder's pid on this machine, the one that a kept cluster is known by. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The pid on this machine of the program inside, which is PID 1 there: the one that nsenter(1) takes. */
  async insidePid(): Promise<number> {
    // proc(5): unshare has one child.
    return Number((await readFile(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8')).trim());
  }

  /** A number that names one command. */
  tag(): number {
    return this.#next++;
  }

  request(request: Request, handle?: Socket): Promise<Value> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#over !== undefined) {
        reject(this.#over);
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ ...request, id }, handle, {}, (error) => {
        if (error === null || !this.#waiting.delete(id)) return;
        reject(new EnvironmentError(`the sandbox does not answer: ${error.message}`));
      });
    });
  }

  listen(tag: number, listener: (event: Exclude<AgentEvent, { event: 'ready' }>) => void): void {
    this.#listeners.set(tag, listener);
  }

  /** Lets go of the sandbox: it goes on after this process, and when this is disposed of. */
  async release(): Promise<void> {
    await this.request({ op: 'keep' });
    this.#released = true;
    this.#child.disconnect();
    this.#child.stderr?.destroy();
    this.#child.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.pid === undefined || this.#released) return;
    // The holder is PID 1 inside: it ends when the channel closes, the kernel ends every process in there with it, and only
    // then does unshare end. Killing unshare (--kill-child takes the holder along) is for a holder that hangs.
    if (this.#child.connected) this.#child.disconnect();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await this.#gone;
    clearTimeout(force);
  }

  #dispatch(event: Exclude<AgentEvent, { event: 'ready' }>): void {
    this.#listeners.get(event.tag)?.(event);
    if (event.event === 'ended') this.#listeners.delete(event.tag);
  }
}

/** The kernel kills what still runs in there. */
function lost(why: string): Ended {
  return { how: 'signal', exitCode: null, signal: 'SIGKILL', stdout: '', stderr: why, durationMs: 0 };
}
