import type { CommandResult, Executor, Place } from '../core/executor.js';
import type { Holder } from './holder.js';
import type { Ended } from './protocol.js';
import { killOnAbort, runningCommand } from './running-command.js';
import { SignOfLife } from './sign-of-life.js';

/** Commands in one namespace of the sandbox. */
export function sandboxExecutor(holder: Holder, place: Place, namespace: string): Executor {
  return {
    place,
    async run(argv, options = {}) {
      if (options.signal?.aborted) return result(place, argv, unstarted, true);
      const tag = holder.tag();
      const onAbort = (): void => {
        holder.request({ op: 'signal', tag, signal: 'SIGKILL' }).catch(() => {});
      };
      options.signal?.addEventListener('abort', onAbort, { once: true });
      try {
        const value = await holder.request({
          op: 'run',
          command: { namespace, argv },
          timeoutMs: options.timeoutMs ?? 30_000,
          tag,
          ...(options.input === undefined ? {} : { input: options.input }),
        });
        if (value === undefined || !('how' in value)) throw new Error('the sandbox answered a command with something else');
        return result(place, argv, value, options.signal?.aborted ?? false);
      } finally {
        options.signal?.removeEventListener('abort', onAbort);
      }
    },
    async start(argv, options = {}) {
      const tag = holder.tag();
      let heard: (text: string) => void = () => {};
      const hear = options.stdoutFile === undefined ? options.onStdout : undefined;
      const early = options.signal?.aborted ?? false;
      const ended = early
        ? Promise.resolve(result(place, argv, unstarted, true))
        : new Promise<CommandResult>((resolve) => {
            holder.listen(tag, (event) => {
              if (event.event === 'ended') resolve(result(place, argv, event.result, options.signal?.aborted ?? false));
              else if (event.event === 'stderr') heard(event.text);
              else hear?.(event.text);
            });
          });
      const life = new SignOfLife(argv, ended);
      heard = (text) => {
        life.hear(text);
        options.onStderr?.(text);
      };
      const streams = { stdoutFile: options.stdoutFile, asked: options.asked ?? false, heard: hear !== undefined };
      if (!early) await holder.request({ op: 'start', command: { namespace, argv }, tag, ...streams });
      const stop = async (signal: NodeJS.Signals = 'SIGINT'): Promise<CommandResult> => {
        // Where the sandbox has gone, `ended` says so already.
        await holder.request({ op: 'signal', tag, signal }).catch(() => {});
        return ended;
      };
      const write = (text: string): void => {
        holder.request({ op: 'input', tag, text }).catch(() => {});
      };
      const running = runningCommand({ place, argv }, ended, life, { stop, write });
      // One that was never begun has ended already.
      return early ? running : killOnAbort(running, options.signal);
    },
  };
}

/** A command whose signal was aborted before it began. */
const unstarted: Ended = { how: 'signal', exitCode: null, signal: null, stdout: '', stderr: '', durationMs: 0 };

function result(place: Place, argv: readonly string[], end: Ended, aborted: boolean): CommandResult {
  return {
    place,
    argv,
    // What ended by itself before the signal reached it was not aborted.
    ended: aborted && end.how === 'signal' ? 'aborted' : end.how,
    exitCode: end.exitCode,
    signal: end.signal,
    stdout: end.stdout,
    stderr: end.stderr,
    durationMs: end.durationMs,
  };
}
