import type { ReporterOptions } from '../reporters/options.js';
import type { CommandContext } from './context.js';

/** This process's streams and its user's wishes, as what draws on a terminal takes them. */
export function reporterOptions({ stdout, stderr, language, color, unicode, program }: CommandContext): ReporterOptions {
  return { stdout, stderr, language, color, unicode, program };
}
