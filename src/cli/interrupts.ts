import { setMaxListeners } from 'node:events';
import { exitCodes, InterruptedError } from '../core/errors.js';
import { askAgain } from '../core/interrupt.js';

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that a run ends in order; a second one ends the process at once (the embedded
 * cluster ends with it all the same), unless something that would outlive the process is being cleaned up; then a third one does.
 */
export function interrupts(proc: NodeJS.Process): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  // Every command that is under way listens; there may be dozens at a time.
  setMaxListeners(0, controller.signal);
  const on = (name: 'SIGINT' | 'SIGTERM'): void => {
    if (controller.signal.aborted) {
      if (!askAgain(controller.signal)) proc.exit(name === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated);
      return;
    }
    controller.abort(new InterruptedError(name));
  };
  const onInterrupt = (): void => on('SIGINT');
  const onTerminate = (): void => on('SIGTERM');
  proc.on('SIGINT', onInterrupt);
  proc.on('SIGTERM', onTerminate);
  proc.on('SIGHUP', onTerminate);
  // A reader that went away (`svclab ... | head`) wants no more: the same as an interrupt.
  for (const stream of [proc.stdout, proc.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      controller.abort(new InterruptedError('SIGTERM'));
    });
  }
  return {
    signal: controller.signal,
    dispose() {
      proc.off('SIGINT', onInterrupt);
      proc.off('SIGTERM', onTerminate);
      proc.off('SIGHUP', onTerminate);
    },
  };
}
