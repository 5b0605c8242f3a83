import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../main.js', import.meta.url));

export interface Finished {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  /** Resolves when the outputs together hold this text; rejects when the program ends without. */
  says(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export interface SvclabOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A program that starts the rest: `unshare ... --`. */
  readonly wrap?: readonly string[];
  readonly cwd?: string;
}

/** Starts the program as a user would. */
export function start(args: readonly string[], options: SvclabOptions = {}): Running {
  const [command = process.execPath, ...rest] = [...(options.wrap ?? []), process.execPath, program, ...args];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', NO_COLOR: '1', ...options.env },
    cwd: options.cwd,
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  const hear = (): void => {
    for (const check of waiting) check();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    hear();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    hear();
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  return {
    pid: child.pid ?? 0,
    finished,
    says: (text) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!`${stdout}\n${stderr}`.includes(text)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        finished.then(
          (end) => reject(new Error(`it ended (${end.exitCode ?? end.signal}) without saying '${text}':\n${end.stdout}\n${end.stderr}`)),
          reject,
        );
        check();
      }),
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

export function svclab(args: readonly string[], options: SvclabOptions = {}): Promise<Finished> {
  return start(args, options).finished;
}

/** A folder for run folders, removed when the test ends. */
export async function temporaryFolder(t: { teardown(action: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'svclab-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
