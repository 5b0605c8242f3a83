import { type Report, reportSchema } from '../../reporters/report-schema.js';
import type { Finished } from './svclab.js';

export type RunReport = Report['runs'][number];

/** The one run in what `--json` printed. @throws with what the program said where there is none. */
export function reportOf({ stdout, stderr }: Finished): RunReport {
  const [report] = stdout === '' ? [] : reportSchema.parse(JSON.parse(stdout)).runs;
  if (report === undefined) throw new Error(`no run was reported: ${stderr}`);
  return report;
}

/** What went wrong, for a test's message: the error, and each claim that is not green. */
export function faultsOf({ error, claims, breaks }: RunReport): string {
  return [
    ...(error === null ? [] : [error.message]),
    ...claims.flatMap(({ id, verdict }) => (verdict.status === 'pass' ? [] : [`claim ${id}: ${verdict.status}: ${verdict.seen.en}`])),
    ...breaks.flatMap(({ id, status, why }) => (status === 'proven' ? [] : [`break ${id}: ${status}: ${why.en}`])),
  ].join('\n');
}
