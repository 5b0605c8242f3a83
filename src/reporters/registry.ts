import type { Reporter } from '../core/events.js';
import { createConsoleReporter } from './console.js';
import { createGithubReporter } from './github.js';
import { createJsonReporter } from './json.js';
import { createJunitReporter } from './junit.js';
import { createMarkdownReporter } from './markdown.js';
import type { ReporterOptions } from './options.js';
import { createTapReporter } from './tap.js';

export interface ReporterEntry {
  readonly kind: 'console' | 'tap' | 'json' | 'junit' | 'markdown' | 'github';
  create(options: ReporterOptions): Reporter;
}

/** Every reporter there is, for a `Registry`. */
export const reporters: readonly ReporterEntry[] = [
  { kind: 'console', create: createConsoleReporter },
  { kind: 'tap', create: createTapReporter },
  { kind: 'json', create: createJsonReporter },
  { kind: 'junit', create: createJunitReporter },
  { kind: 'markdown', create: createMarkdownReporter },
  { kind: 'github', create: createGithubReporter },
];
