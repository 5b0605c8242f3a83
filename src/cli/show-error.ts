import { type ExitCode, exitCodes, InputError, SvclabError } from '../core/errors.js';
import { renderProblems } from '../objects/source/render.js';

/** Shows an error as a person can use it, and gives the exit code for it. A stack trace is shown for SVCLAB_DEBUG=1 alone. */
export function showError(
  error: unknown,
  stderr: NodeJS.WritableStream,
  options: { readonly color: boolean; readonly debug: boolean },
): ExitCode {
  if (options.debug && error instanceof Error) stderr.write(`${error.stack}\n`);
  if (error instanceof InputError) {
    stderr.write(`${renderProblems(error.problems, { color: options.color }).trimEnd()}\n`);
    return error.exitCode;
  }
  if (error instanceof SvclabError) {
    stderr.write(`svclab: ${error.message}\n`);
    if (error.hint !== undefined) stderr.write(`  ${error.hint}\n`);
    return error.exitCode;
  }
  stderr.write(
    `svclab itself failed: ${error instanceof Error ? error.message : String(error)}\n  This is a mistake in svclab; SVCLAB_DEBUG=1 shows where. Please report it.\n`,
  );
  return exitCodes.environment;
}
