import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError } from './errors.js';

export interface WaitOptions {
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
  /** Milliseconds until giving up. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks until `look` gives a value other than undefined.
 * @throws EnvironmentError that says what was awaited and what the last look found; the signal's reason when aborted.
 */
export async function waitFor<T>(what: string, look: () => Promise<T | undefined> | T | undefined, options: WaitOptions): Promise<T> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    let last: unknown;
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      const because = last instanceof Error ? `: ${last.message}` : '';
      throw new EnvironmentError(`${what} did not come true within ${options.timeoutMs / 1000} s${because}`, { cause: last });
    }
    try {
      await delay(options.intervalMs, undefined, options.signal ? { signal: options.signal } : {});
    } catch {
      // Aborted: the next turn throws the signal's own reason, which Node's timer does not.
    }
  }
}
