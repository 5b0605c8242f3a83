import { exitCodes } from '../../src/core/errors.js';
import { type Report, reportSchema } from '../../src/reporters/report-schema.js';

/** `broken off`: it came to no verdict, or the environment broke. */
export type RunStatus = 'green' | 'red' | 'inconclusive' | 'broken off';

export interface RunResult {
  readonly status: RunStatus;
  /** The whole process, in milliseconds. */
  readonly ms: number;
  /** What is not green about it, a line each. */
  readonly faults: readonly string[];
  /** Steps that were taken again, with the reason. */
  readonly retaken: readonly { readonly step: string; readonly why: string }[];
  readonly folder: string | undefined;
}

export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** What came of one run, from its report. A run that does not say that all is well is not green, whatever else it says. */
export function runResult({ exitCode, stdout, stderr, ms }: Ended): RunResult {
  const report = reportIn(stdout);
  if (report === undefined) {
    const said = stderr.trim().split('\n').slice(-3).join('\n');
    return {
      status: 'broken off',
      ms,
      faults: [`exit code ${exitCode ?? 'none'}, without a report: ${said}`],
      retaken: [],
      folder: undefined,
    };
  }
  return {
    status: statusOf(report, exitCode),
    ms,
    faults: faultsOf(report, exitCode),
    retaken: report.steps.flatMap(({ id, retaken }) => retaken.map(({ why }) => ({ step: id, why: why.en }))),
    folder: report.folder ?? undefined,
  };
}

type RunReport = Report['runs'][number];

function reportIn(stdout: string): RunReport | undefined {
  try {
    return reportSchema.parse(JSON.parse(stdout)).runs[0];
  } catch {
    return undefined;
  }
}

function statusOf({ totals, error, complete }: RunReport, exitCode: number | undefined): RunStatus {
  if (totals.fail > 0) return 'red';
  if (error !== null || !complete) return 'broken off';
  if (totals.inconclusive > 0) return 'inconclusive';
  return exitCode === exitCodes.ok && totals.pass > 0 ? 'green' : 'broken off';
}

function faultsOf({ claims, error }: RunReport, exitCode: number | undefined): readonly string[] {
  const faults = [
    ...(error === null ? [] : [error.message]),
    ...claims.flatMap(({ id, verdict }) => {
      if (verdict.status === 'pass') return [];
      const why = verdict.status === 'fail' ? verdict.reason : verdict.why.en;
      return [`${id}: ${verdict.status} (${why}): ${verdict.seen.en}`];
    }),
  ];
  return faults.length > 0 || exitCode === exitCodes.ok ? faults : [`exit code ${exitCode ?? 'none'}`];
}
