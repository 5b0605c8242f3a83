import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface TimedOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** The exit code that counts as success; 0 unless said. */
  readonly exitCode?: number;
  /** What ends it when the bench is interrupted: SIGKILL unless said, for what the kernel cleans up after. */
  readonly killSignal?: 'SIGKILL' | 'SIGTERM';
}

export interface Timed {
  /** From just before the start to the process's end. */
  readonly ms: number;
  /** Lines of standard output, each with when it came, in milliseconds since just before the start. */
  readonly lines: readonly { readonly text: string; readonly atMs: number }[];
}

/** Runs a command to its end. @throws Error with what it said when it ends otherwise than expected: its time would mean nothing. */
export async function timed(argv: readonly string[], options: TimedOptions): Promise<Timed> {
  const [program = '', ...args] = argv;
  const begun = performance.now();
  const child = spawn(program, args, {
    env: options.env,
    signal: options.signal,
    killSignal: options.killSignal ?? 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const lines: { text: string; atMs: number }[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (text) => lines.push({ text, atMs: performance.now() - begun }));
  let ms = 0;
  child.on('exit', () => {
    ms = performance.now() - begun;
  });
  await once(child, 'close');
  if (child.exitCode !== (options.exitCode ?? 0)) {
    const said = stderr.trim() || lines.map(({ text }) => text).join('\n');
    throw new Error(`'${argv.join(' ')}' ended with ${child.signalCode ?? child.exitCode}: ${said}`);
  }
  return { ms, lines };
}
