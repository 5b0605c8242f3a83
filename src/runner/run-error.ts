import { InputError, type SvclabError } from '../core/errors.js';
import type { RunError } from '../core/events.js';

/** An error as reporters see it; of several faults in files, the place of the first. */
export function runErrorOf(error: SvclabError): RunError {
  const fault = error instanceof InputError ? error.problems[0] : undefined;
  return {
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(fault === undefined ? {} : { source: { file: fault.file, line: fault.line, column: fault.column } }),
  };
}
