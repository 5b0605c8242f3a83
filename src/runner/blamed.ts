import { InputError, type Problem, UsageError } from '../core/errors.js';
import type { SourceRef } from '../core/events.js';

/**
 * Has an impossible change name the place in the lab file that asks for it: the cluster knows only the object that came of it.
 * @throws UsageError in place of what the cluster threw for a change that cannot be; anything else as it came.
 */
export async function blaming<T>({ file, line, column }: SourceRef, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refused = refusalOf(error);
    if (refused === undefined) throw error;
    const { message, expected, hint } = refused;
    const what = [message, ...(expected === undefined ? [] : [`expected ${expected}`])].join('; ');
    throw new UsageError(`${file}:${line}:${column}: this cannot be changed so: ${what}`, {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** What an error says of a change that cannot be, of several faults the first; undefined for any other error. */
export function refusalOf(error: unknown): Pick<Problem, 'message' | 'expected' | 'hint'> | undefined {
  if (!(error instanceof UsageError || error instanceof InputError)) return undefined;
  const [first] = error instanceof InputError ? error.problems : [];
  const [expected, hint] = [first?.expected, first?.hint ?? error.hint];
  return {
    message: first?.message ?? error.message,
    ...(expected === undefined ? {} : { expected }),
    ...(hint === undefined ? {} : { hint }),
  };
}
