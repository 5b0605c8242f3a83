import type { Reporter } from '../core/events.js';
import { Registry } from '../core/registry.js';
import { reporters } from '../reporters/registry.js';
import type { CommandContext } from './context.js';
import { reporterOptions } from './reporter-options.js';

/** The reporter that the options ask for, on this process's streams. */
export function reporterFor(context: CommandContext, options: { readonly reporter: string; readonly json?: boolean }): Reporter {
  return new Registry('reporter', reporters).get(options.json ? 'json' : options.reporter).create(reporterOptions(context));
}
