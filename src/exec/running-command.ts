import type { CommandResult, Place, RunningCommand } from '../core/executor.js';
import type { SignOfLife } from './sign-of-life.js';

export interface Handles {
  /** Sends the signal, SIGINT unless one is given, and waits for the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<CommandResult>;
  readonly write: (text: string) => void;
}

/** A started command as its users see it. */
export function runningCommand(
  command: { readonly place: Place; readonly argv: readonly string[] },
  ended: Promise<CommandResult>,
  life: SignOfLife,
  { stop, write }: Handles,
): RunningCommand {
  let over = false;
  ended.then(
    () => (over = true),
    () => {},
  );
  return {
    ...command,
    ended,
    waitForStderr: (pattern, wait) => life.wait(pattern, wait),
    write,
    stop,
    [Symbol.asyncDispose]: async () => {
      if (!over) await stop('SIGKILL');
    },
  };
}

/** Kills a command when the signal is aborted, be it already, for as long as it runs. */
export function killOnAbort(command: RunningCommand, signal: AbortSignal | undefined): RunningCommand {
  const onAbort = (): void => void command.stop('SIGKILL');
  signal?.addEventListener('abort', onAbort, { once: true });
  command.ended.then(() => signal?.removeEventListener('abort', onAbort));
  if (signal?.aborted) onAbort();
  return command;
}
