import { EnvironmentError } from '../core/errors.js';
import type { ObservationPart } from '../core/evidence.js';
import { type CommandResult, type Place, succeeded } from '../core/executor.js';
import type { ProbeContext } from '../core/probe.js';

/** Writes one reading of one place into the run's folder. */
export async function keep(
  context: ProbeContext<unknown>,
  place: Place,
  what: { readonly role: string; readonly format: string; readonly extension: string; readonly label?: string },
  data: string,
): Promise<ObservationPart> {
  const file = context.fileFor(place, what.label ?? what.role, what.extension);
  await context.sink.write(file, data);
  return { place, role: what.role, format: what.format, file };
}

/** A command whose output is evidence. @throws EnvironmentError when it fails, with what it said. */
export async function read(context: ProbeContext<unknown>, place: Place, argv: readonly string[]): Promise<string> {
  const result = await context.executor(place).run(argv, { signal: context.signal });
  if (!succeeded(result)) throw failure(result);
  return result.stdout;
}

export function failure(result: CommandResult): EnvironmentError {
  return new EnvironmentError(
    `'${result.argv.join(' ')}' failed at ${result.place} (${result.ended} ${result.exitCode ?? ''}): ${result.stderr.trim() || 'no message'}`,
  );
}
