import { appendFile, stat } from 'node:fs/promises';
import { EnvironmentError } from '../core/errors.js';
import type { Reporter, RunEvent } from '../core/events.js';
import { summaryLimit } from '../reporters/markdown.js';
import type { ReporterOptions } from '../reporters/options.js';
import { rendered } from './report-files.js';

/**
 * Appends the summary to the file that GitHub gives each step for it ($GITHUB_STEP_SUMMARY). What else the step has written there stays, and counts for
 * the limit.
 */
export function jobSummary(file: string, options: Omit<ReporterOptions, 'stdout' | 'stderr' | 'color'>): Reporter {
  const events: RunEvent[] = [];
  return {
    on: (event) => {
      if (event.type !== 'progressed') events.push(event);
    },
    end: async () => {
      try {
        const taken = await stat(file).then(
          ({ size }) => size,
          () => 0,
        );
        await appendFile(file, await rendered('markdown', events, { ...options, maxBytes: Math.max(0, summaryLimit - taken) }));
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new EnvironmentError(`the job summary cannot be written: ${why}`, {
          hint: 'it goes to the file that GITHUB_STEP_SUMMARY names',
          cause,
        });
      }
    },
  };
}
