import type { Reporter } from '../core/events.js';
import type { ReporterOptions } from './options.js';
import type { Report } from './report-schema.js';
import { claimsOf, type RunRecord, RunRecords, type StepRecord, totalsOf } from './run-records.js';
import { written } from './written.js';

/** One JSON document (`reportSchema`) on stdout when all is over, also after a run that stopped early. */
export function createJsonReporter({ stdout }: Pick<ReporterOptions, 'stdout'>): Reporter {
  const records = new RunRecords();
  return {
    on: (event) => {
      records.add(event);
    },
    end: () => written(stdout, `${JSON.stringify(reportOf(records), undefined, 2)}\n`),
  };
}

function reportOf({ runs, leftOut }: RunRecords): Report {
  return {
    format: 'svclab-report/v1',
    runs: runs.map(runOf),
    ...(leftOut.length === 0 ? {} : { leftOut: leftOut.map(({ cluster, labs, why }) => ({ cluster, labs, why })) }),
  };
}

function runOf(run: RunRecord): Report['runs'][number] {
  const { started, ended } = run;
  const lab = started?.lab ?? ended?.lab;
  const error = ended?.error;
  return {
    lab: lab === undefined ? null : { id: lab, title: started?.title ?? null },
    cluster: started?.cluster ?? null,
    requests: started?.requests ?? null,
    sabotage: started?.sabotage ?? null,
    startedAt: started?.startedAt ?? null,
    durationMs: run.lastAt,
    folder: ended?.folder ?? started?.folder ?? null,
    complete: ended !== undefined && error === undefined,
    exitCode: ended?.exitCode ?? null,
    error:
      error === undefined
        ? null
        : { message: error.message, hint: error.hint ?? null, ...(error.source === undefined ? {} : { source: error.source }) },
    phases: run.phases,
    totals: totalsOf(run),
    steps: [...run.steps.values()].map(stepOf),
    claims: claimsOf(run).map(({ step, claim, says, check, attempt, source, verdict }) => ({
      step,
      id: claim,
      says,
      check,
      attempt,
      source,
      verdict,
    })),
    breakTotals: ended?.breaks ?? breakTotalsOf(run),
    breaks: run.breaks.map(({ outcome, source }) => ({
      step: outcome.step,
      claim: outcome.claim,
      id: outcome.break,
      says: run.breakSays.get(outcome.break) ?? null,
      becauseOf: outcome.becauseOf,
      status: outcome.status,
      why: outcome.why,
      source,
      broken: outcome.broken ?? null,
    })),
    warnings: run.warnings,
    kept: run.kept === undefined ? null : { enter: run.kept.enter, end: run.kept.end },
  };
}

function stepOf(step: StepRecord): Report['runs'][number]['steps'][number] {
  return {
    id: step.id,
    text: step.text ?? null,
    attempts: step.attempts,
    retaken: step.retakes.map(({ attempt, why }) => ({ attempt, why })),
    typed: step.typed.map(({ place, command, times, why }) => ({ place, command, times, why })),
    durationMs: step.durationMs ?? null,
  };
}

function breakTotalsOf(run: RunRecord): Report['runs'][number]['breakTotals'] {
  const count = (status: string) => run.breaks.filter(({ outcome }) => outcome.status === status).length;
  return { proven: count('proven'), notProven: count('not-proven'), inconclusive: count('inconclusive') };
}
