import { relative, resolve } from 'node:path';
import { type ExitCode, exitCodes } from '../core/errors.js';
import type { Reporter } from '../core/events.js';
import { Registry } from '../core/registry.js';
import type { ReporterOptions } from '../reporters/options.js';
import { reporters } from '../reporters/registry.js';
import type { CommandContext } from './context.js';
import { jobSummary } from './job-summary.js';
import { openReportFiles, type WantedReport } from './report-files.js';
import { reporterOptions } from './reporter-options.js';
import { showError } from './show-error.js';

export interface ReporterChoice {
  readonly reporter: string;
  readonly json?: boolean;
  readonly report?: readonly WantedReport[];
}

/**
 * The reporter that the options ask for, on this process's streams, with those that go to files. For `github` that is the job summary too, where GitHub
 * has given the step a file for it.
 */
export async function reporterFor(context: CommandContext, { reporter, json, report = [] }: ReporterChoice): Promise<Reporter> {
  const kind = json ? 'json' : reporter;
  const options = ciOptions(context);
  const main = new Registry('reporter', reporters).get(kind).create(options);
  const summary = context.env['GITHUB_STEP_SUMMARY'] ?? '';
  return together([
    main,
    ...(kind === 'github' && summary !== '' ? [jobSummary(summary, options)] : []),
    ...(report.length === 0 ? [] : [await openReportFiles(report, options)]),
  ]);
}

/** Files are named from the top of the repository where GitHub says which that is: there its annotations look for them. */
export function ciOptions(context: CommandContext): ReporterOptions {
  const workspace = context.env['GITHUB_WORKSPACE'] ?? '';
  const fileName = (file: string): string => {
    const path = relative(workspace, resolve(context.cwd, file));
    return path.startsWith('..') ? file : path;
  };
  return { ...reporterOptions(context), ...(workspace === '' ? {} : { fileName }) };
}

/** Ends the reports. One that cannot be written is said, and is no reason to forget how the runs went. @returns the exit code for that alone. */
export async function endReports(context: CommandContext, reporter: Reporter): Promise<ExitCode> {
  try {
    await reporter.end();
    return exitCodes.ok;
  } catch (error) {
    return showError(error, context.stderr, { color: context.color, debug: (context.env['SVCLAB_DEBUG'] ?? '') !== '' });
  }
}

/** Several reporters as one: each sees every event, and each comes to its end, also where another fails. */
export function together(all: readonly Reporter[]): Reporter {
  return {
    on: (event) => {
      for (const one of all) one.on(event);
    },
    end: async () => {
      const ends = await Promise.allSettled(all.map((one) => one.end()));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
  };
}
