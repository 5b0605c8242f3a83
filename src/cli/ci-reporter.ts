import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Reporter, RunEvent } from '../core/events.js';
import { createConsoleReporter } from '../reporters/console.js';
import { createGithubReporter } from '../reporters/github.js';
import type { CommandContext } from './context.js';
import { jobSummary } from './job-summary.js';
import { openReportFiles } from './report-files.js';
import { ciOptions, together } from './reporter-for.js';

/** The reports of `svclab ci`, in the folder of reports. */
const files = [
  { kind: 'junit', name: 'junit.xml' },
  { kind: 'markdown', name: 'summary.md' },
  { kind: 'tap', name: 'svclab.tap' },
  { kind: 'json', name: 'svclab.json' },
];

export interface CiReporter extends Reporter {
  /** For what the user is told in another way already: it goes into the reports, and is not shown. */
  aside(event: RunEvent): void;
}

/**
 * What `svclab ci` reports with: the console on standard output, files in a folder, and on GitHub (which sets GITHUB_ACTIONS) its annotations and the
 * job summary.
 */
export async function ciReporter(context: CommandContext, folder: string): Promise<CiReporter> {
  const options = ciOptions(context);
  const wanted = files.map(({ kind, name }) => ({ kind, file: join(folder, name) }));
  const quiet: Reporter[] = [await openReportFiles(wanted, options)];
  const shown = createConsoleReporter(options);
  if (context.env['GITHUB_ACTIONS'] !== 'true') return aside(shown, quiet);
  const summary = context.env['GITHUB_STEP_SUMMARY'] ?? '';
  if (summary !== '') quiet.push(jobSummary(summary, options));
  return aside(fenced(shown, context), [createGithubReporter(options), ...quiet]);
}

/** The annotations come after the console, whose end lifts the fence. */
function aside(shown: Reporter, quiet: readonly Reporter[]): CiReporter {
  const rest = together(quiet);
  return {
    on: together([shown, rest]).on,
    aside: rest.on,
    end: async () => {
      try {
        await shown.end();
      } finally {
        await rest.end();
      }
    },
  };
}

/**
 * Has GitHub take nothing that is shown meanwhile for a workflow command: what a pod answers may look like one (docs.github.com, "Stopping and starting
 * workflow commands").
 */
function fenced(reporter: Reporter, { stdout }: CommandContext): Reporter {
  const token = randomUUID();
  stdout.write(`::stop-commands::${token}\n`);
  return {
    on: (event) => reporter.on(event),
    end: async () => {
      try {
        await reporter.end();
      } finally {
        stdout.write(`::${token}::\n`);
      }
    },
  };
}
