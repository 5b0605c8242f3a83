import { parseArgs } from 'node:util';
import { UsageError } from '../src/core/errors.js';

type Options = Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly short?: string }>>;
type Read<T extends Options> = ReturnType<typeof parseArgs<{ args: string[]; allowPositionals: true; options: T }>>;

/** The options and words of a maintainer's command. @throws UsageError with `usage` as its hint for an option that is not known, or lacks its value. */
export function readOptions<const T extends Options>(argv: readonly string[], options: T, usage: string): Read<T> {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { hint: usage, cause });
  }
}
