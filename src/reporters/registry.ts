import type { Reporter } from '../core/events.js';
import { createConsoleReporter } from './console.js';
import { createJsonReporter } from './json.js';
import type { ReporterOptions } from './options.js';
import { createTapReporter } from './tap.js';

export interface ReporterEntry {
  readonly kind: 'console' | 'tap' | 'json';
  create(options: ReporterOptions): Reporter;
}

/** Every reporter there is, for a `Registry`. */
export const reporters: readonly ReporterEntry[] = [
  { kind: 'console', create: createConsoleReporter },
  { kind: 'tap', create: createTapReporter },
  { kind: 'json', create: createJsonReporter },
];
