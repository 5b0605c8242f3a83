import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** For tests alone: `child-program.ts` as a process of its own. */
export class Child {
  readonly process: ChildProcess;
  readonly #said: unknown[] = [];
  readonly ended: Promise<number | string | null>;
  #wake: () => void = () => {};

  /** @param state where a kept cluster is written down. */
  constructor(goal: string, state?: string) {
    // A test runner's hooks would make it slow to start.
    const { NODE_OPTIONS: _, ...env } = process.env;
    this.process = spawn(process.execPath, [fileURLToPath(new URL('./child-program.js', import.meta.url)), goal], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: state === undefined ? env : { ...env, SVCLAB_TEST_STATE: state },
    });
    this.ended = new Promise((resolve) => this.process.on('exit', (code, signal) => resolve(signal ?? code)));
    const { stdout } = this.process;
    if (stdout === null) throw new Error('the child has a standard output');
    createInterface({ input: stdout }).on('line', (line) => {
      this.#said.push(JSON.parse(line));
      this.#wake();
    });
    this.process.on('exit', () => this.#wake());
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** What it says first that `wanted` likes. @throws Error when it ends before. */
  async hears<T>(wanted: (said: unknown) => T | undefined): Promise<T> {
    for (;;) {
      for (const said of this.#said) {
        const found = wanted(said);
        if (found !== undefined) return found;
      }
      if (this.process.exitCode !== null || this.process.signalCode !== null)
        throw new Error(`the child ended: ${this.process.exitCode ?? this.process.signalCode}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
