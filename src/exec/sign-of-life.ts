import { EnvironmentError } from '../core/errors.js';
import type { CommandResult } from '../core/executor.js';

/** Hears a running command's standard error and tells when it says what it was expected to say. */
export class SignOfLife {
  readonly #argv: readonly string[];
  readonly #ended: Promise<CommandResult>;
  #heard = '';
  #listeners: (() => void)[] = [];

  constructor(argv: readonly string[], ended: Promise<CommandResult>) {
    this.#argv = argv;
    this.#ended = ended;
  }

  hear(text: string): void {
    this.#heard += text;
    for (const listener of this.#listeners) listener();
  }

  /** @throws EnvironmentError when the command ends first, or when `timeoutMs` (default 10,000) has passed. */
  async wait(pattern: RegExp, options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<void> {
    const timeoutMs = options.timeoutMs ?? 10_000;
    const command = this.#argv.join(' ');
    await new Promise<void>((resolve, reject) => {
      const listen = (): void => {
        if (pattern.test(this.#heard)) settle(resolve);
      };
      const onAbort = (): void => settle(() => reject(options.signal?.reason));
      const timer = setTimeout(
        () =>
          settle(() =>
            reject(
              new EnvironmentError(
                `'${command}' gave no sign of life within ${timeoutMs / 1000} s; it said: ${this.#heard.trim() || 'nothing'}`,
              ),
            ),
          ),
        timeoutMs,
      );
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        this.#listeners = this.#listeners.filter((other) => other !== listen);
        options.signal?.removeEventListener('abort', onAbort);
        then();
      };
      this.#listeners.push(listen);
      options.signal?.addEventListener('abort', onAbort, { once: true });
      this.#ended.then((end) =>
        settle(() =>
          reject(
            new EnvironmentError(
              `'${command}' ended before it was ready (${end.ended} ${end.exitCode ?? end.signal ?? ''}): ${end.stderr.trim() || 'no message'}`,
            ),
          ),
        ),
      );
      if (options.signal?.aborted) onAbort();
      else listen();
    });
  }
}
