import { type Report, reportSchema } from '../../reporters/report-schema.js';
import type { Finished } from './svclab.js';

export type RunReport = Report['runs'][number];

/** The one run in what `--json` printed. @throws with what the program said where there is none. */
export function reportOf({ stdout, stderr }: Finished): RunReport {
  const [report] = stdout === '' ? [] : reportSchema.parse(JSON.parse(stdout)).runs;
  if (report === undefined) throw new Error(`no run was reported: ${stderr}`);
  return report;
}

/** @throws Error with all that is not green, where the run did not end well: what a test would look at next is not there then. */
export function greenReportOf(finished: Finished): RunReport {
  const report = reportOf(finished);
  if (finished.exitCode === 0) return report;
  throw new Error(`exit code ${finished.exitCode}: ${[faultsOf(report), finished.stderr.trim()].join('\n')}`);
}

/** What went wrong, for a test's message: the error, and each claim and break that is not as it should be. */
export function faultsOf({ error, claims, breaks }: RunReport): string {
  return [
    ...(error === null ? [] : [error.message]),
    ...claims.flatMap(({ id, verdict }) => (verdict.status === 'pass' ? [] : [`claim ${id}: ${verdict.status}: ${verdict.seen.en}`])),
    ...breaks.flatMap(({ id, status, why }) => (status === 'proven' ? [] : [`break ${id}: ${status}: ${why.en}`])),
  ].join('\n');
}
