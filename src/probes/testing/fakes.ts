import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EvidenceSink } from '../../core/evidence.js';
import type { CommandResult, Executor, Place, RunningCommand } from '../../core/executor.js';
import type { ProbeContext } from '../../core/probe.js';

/** For tests alone: a folder as a sink, and executors that say what they are told to. */
export function folderSink(folder: string): EvidenceSink {
  const pathOf = (name: string): string => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    return join(folder, name);
  };
  return { write: async (name, data) => writeFileSync(pathOf(name), data), pathFor: async (name) => pathOf(name) };
}

export function contextOf<Options>(
  options: Options,
  places: readonly Place[],
  executor: (place: Place) => Executor,
  folder: string,
  signal: AbortSignal = new AbortController().signal,
): ProbeContext<Options> {
  return {
    options,
    places,
    executor,
    signal,
    sink: folderSink(folder),
    fileFor: (place, role, extension) => `captures/${role}-${place.split('/').at(-1)}.${extension}`,
  };
}

function resultOf(place: Place, argv: readonly string[], result: Partial<CommandResult> = {}): CommandResult {
  return { place, argv, ended: 'exit', exitCode: 0, signal: null, stdout: '', stderr: '', durationMs: 1, ...result };
}

export interface FakeOptions {
  readonly run: (argv: readonly string[], input: string | undefined) => Partial<CommandResult>;
  /** How a started command ends when it is stopped; without it, starting is a mistake of the test. */
  readonly stop?: Partial<CommandResult>;
  /** It ends without being stopped. */
  readonly dies?: boolean;
  readonly onStart?: (argv: readonly string[], stdoutFile: string) => void;
  readonly waitForStderr?: () => Promise<void>;
  /** What a started command prints for what is written to it, or how it ends. */
  readonly answer?: (argv: readonly string[], text: string) => string | Partial<CommandResult>;
}

export interface FakeExecutor extends Executor {
  readonly ran: (readonly string[])[];
  readonly stopped: string[];
}

export function fakeExecutor(place: Place, options: FakeOptions): FakeExecutor {
  const ran: (readonly string[])[] = [];
  const stopped: string[] = [];
  return {
    place,
    ran,
    stopped,
    async run(argv, { input } = {}) {
      ran.push(argv);
      return resultOf(place, argv, options.run(argv, input));
    },
    async start(argv, { stdoutFile = '', onStdout } = {}) {
      ran.push(argv);
      options.onStart?.(argv, stdoutFile);
      const end = resultOf(place, argv, options.stop);
      let over: (end: CommandResult) => void = () => {};
      const ended = new Promise<CommandResult>((resolve) => {
        over = resolve;
      });
      if (options.dies) over(end);
      const stop = async (signal = 'SIGINT'): Promise<CommandResult> => {
        stopped.push(signal);
        over(end);
        return ended;
      };
      return {
        place,
        argv,
        ended,
        waitForStderr: options.waitForStderr ?? (async () => {}),
        write(text) {
          const said = options.answer?.(argv, text) ?? '';
          if (typeof said === 'string') onStdout?.(said);
          else over(resultOf(place, argv, said));
        },
        stop,
        [Symbol.asyncDispose]: async () => void (await stop('SIGKILL')),
      } satisfies RunningCommand;
    },
  };
}
