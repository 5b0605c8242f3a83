import { writeFileSync } from 'node:fs';
import { execa, type Result } from 'execa';
import { EnvironmentError } from '../core/errors.js';
import type { CommandResult, Executor, RunOptions, StartOptions } from '../core/executor.js';
import { listenTo } from './listen-to.js';
import { runningCommand } from './running-command.js';
import { SignOfLife } from './sign-of-life.js';

/** This machine. The environment is handed in, since only the program's entry looks at the process's own. */
export function localExecutor(env: Readonly<Record<string, string>> = {}): Executor {
  return {
    place: 'local',
    async run(argv, options = {}) {
      const { result } = begin(argv, env, options);
      return result;
    },
    async start(argv, options = {}) {
      const { child, result } = begin(argv, env, { ...options, timeoutMs: 0 }, options.stdoutFile);
      const life = new SignOfLife(argv, result);
      child.stderr?.on('data', (chunk: Buffer) => {
        life.hear(chunk.toString());
        options.onStderr?.(chunk.toString());
      });
      listenTo(child.stdout, options.onStdout);
      const stop = (signal: NodeJS.Signals = 'SIGINT'): Promise<CommandResult> => {
        child.kill(signal);
        return result;
      };
      const write = (text: string): void => void child.stdin?.write(text);
      // What ended without reading its input closes the pipe early; how it ended tells what happened.
      child.stdin?.on('error', () => {});
      return runningCommand({ place: 'local', argv }, result, life, { stop, write });
    },
  };
}

function begin(argv: readonly string[], env: Readonly<Record<string, string>>, options: RunOptions & StartOptions, stdoutFile?: string) {
  const [program, ...args] = argv;
  if (program === undefined) throw new EnvironmentError('an empty command cannot be run');
  if (stdoutFile !== undefined) makeEmpty(stdoutFile);
  const child = execa(program, args, {
    env,
    reject: false,
    stripFinalNewline: false,
    timeout: options.timeoutMs ?? 30_000,
    forceKillAfterDelay: 2_000,
    stdin: options.input === undefined && options.asked !== true ? 'ignore' : 'pipe',
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.apart === true ? { detached: true } : {}),
    // execa has written all of the file when it says that the command has ended.
    ...(stdoutFile === undefined ? {} : { stdout: { file: stdoutFile }, buffer: { stdout: false, stderr: true } }),
  });
  return { child, result: child.then((end) => resultOf(argv, end)) };
}

function resultOf(argv: readonly string[], end: ExecaEnd): CommandResult {
  const ended = end.isCanceled
    ? 'aborted'
    : end.timedOut
      ? 'timeout'
      : end.signal !== undefined
        ? 'signal'
        : end.exitCode === undefined
          ? 'not-started'
          : 'exit';
  return {
    place: 'local',
    argv,
    ended,
    // A command may well succeed while its output cannot be written.
    exitCode: end.failed && end.exitCode === 0 ? null : (end.exitCode ?? null),
    signal: end.signal ?? null,
    stdout: text(end.stdout),
    stderr: text(end.stderr) || (end.failed ? (end.originalMessage ?? '') : ''),
    durationMs: end.durationMs,
  };
}

type ExecaEnd = Pick<
  Result,
  'failed' | 'isCanceled' | 'timedOut' | 'signal' | 'exitCode' | 'stdout' | 'stderr' | 'originalMessage' | 'durationMs'
>;

function makeEmpty(file: string): void {
  try {
    writeFileSync(file, '');
  } catch (cause) {
    throw new EnvironmentError(`${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function text(output: unknown): string {
  return typeof output === 'string' ? output : '';
}
