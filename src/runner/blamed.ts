import { InputError, UsageError } from '../core/errors.js';
import type { SourceRef } from '../core/events.js';

/**
 * Has an impossible change name the place in the lab file that asks for it: the cluster knows only the object that came of it.
 * @throws UsageError in place of what the cluster threw for a change that cannot be; anything else as it came.
 */
export async function blaming<T>({ file, line, column }: SourceRef, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof InputError)) throw error;
    const [first] = error instanceof InputError ? error.problems : [];
    const what =
      first === undefined
        ? error.message
        : [first.message, ...(first.expected === undefined ? [] : [`expected ${first.expected}`])].join('; ');
    const hint = first?.hint ?? error.hint;
    throw new UsageError(`${file}:${line}:${column}: this cannot be changed so: ${what}`, {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
