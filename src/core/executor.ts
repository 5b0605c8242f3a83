/**
 * Where a command runs: `node/myk8s-worker` (a node's network), `machine/myk8s-worker` (the node's own programs and files, on a real cluster),
 * `pod/default/net-pod`, `client/mypc`, `vm/svclab` (a virtual machine), or `local`. The same words name a place in evidence and in reports.
 */
export type Place = `node/${string}` | `machine/${string}` | `pod/${string}/${string}` | `client/${string}` | `vm/${string}` | 'local';

/** The last word of a place: `myk8s-worker` for `node/myk8s-worker`. */
export function placeName(place: string): string {
  return place.split('/').at(-1) ?? place;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; the command is killed when they have passed. Default 30,000. */
  readonly timeoutMs?: number;
  /** Written to the command's standard input, which is then closed. */
  readonly input?: string;
}

/** How a command ended. A failed command is a value, not an exception. */
export interface CommandResult {
  readonly place: Place;
  readonly argv: readonly string[];
  readonly ended: 'exit' | 'signal' | 'timeout' | 'aborted' | 'not-started';
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface StartOptions {
  readonly signal?: AbortSignal;
  /** An absolute path on this machine; standard output goes there, byte for byte, while the command runs. */
  readonly stdoutFile?: string;
  /** Standard output as it comes, where it goes to no file. */
  readonly onStdout?: (text: string) => void;
  /** Standard input stays open, for `write`. */
  readonly asked?: boolean;
  /** Standard error as it comes. */
  readonly onStderr?: (text: string) => void;
  /** On this machine: in a session of its own, where a terminal's Ctrl-C is not heard. */
  readonly apart?: boolean;
}

/** A command that goes on while the lab does other things; disposing of it ends it. */
export interface RunningCommand extends AsyncDisposable {
  readonly place: Place;
  readonly argv: readonly string[];
  /**
   * Resolves as soon as standard error holds a match (its sign of life).
   * @throws EnvironmentError when the command ends first, or after `timeoutMs`.
   */
  waitForStderr(pattern: RegExp, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<void>;
  /** Puts text into the standard input of a command that was started to be `asked`; one that has ended does not hear it. */
  write(text: string): void;
  /** Sends the signal (SIGINT unless said) and waits for the end; a second call gives the same result. */
  stop(signal?: NodeJS.Signals): Promise<CommandResult>;
  readonly ended: Promise<CommandResult>;
}

/** Starts commands in one place. Arguments are arrays, never shell strings. */
export interface Executor {
  readonly place: Place;
  run(argv: readonly string[], options?: RunOptions): Promise<CommandResult>;
  start(argv: readonly string[], options?: StartOptions): Promise<RunningCommand>;
}

export function succeeded(result: CommandResult): boolean {
  return result.ended === 'exit' && result.exitCode === 0;
}
