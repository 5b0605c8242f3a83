import { type ExitCode, exitCodes } from '../../core/errors.js';
import type { Registry } from '../../core/registry.js';
import { lookOf } from '../../reporters/console/look.js';
import type { CommandContext } from '../context.js';
import { examine, examinedLines } from '../examine.js';
import { type ProviderEntry, providersFor } from '../providers.js';
import { reporterOptions } from '../reporter-options.js';

export interface DoctorOptions {
  readonly cluster?: string;
  readonly json?: boolean;
}

/** What decides the exit code when nobody says which kind they want. */
const usual = 'netns';

/** Holds the machine against what each cluster needs. Exits 3 when one that was asked for cannot run. */
export async function doctor(
  context: CommandContext,
  options: DoctorOptions,
  providers: Registry<ProviderEntry> = providersFor(context),
): Promise<ExitCode> {
  const wanted = options.cluster ?? usual;
  const one = options.cluster === undefined || options.cluster === 'all' ? undefined : providers.get(options.cluster);
  const examined = await Promise.all((one === undefined ? providers.all : [one]).map((entry) => examine(entry, context.signal)));
  if (options.json) context.stdout.write(`${JSON.stringify({ clusters: examined }, undefined, 2)}\n`);
  else context.stdout.write(`${examinedLines(lookOf(reporterOptions(context), context.stdout), examined).join('\n')}\n`);
  const ready = examined.every((each) => each.ready || (wanted !== 'all' && each.kind !== wanted));
  return ready ? exitCodes.ok : exitCodes.unmet;
}
