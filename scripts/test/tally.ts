import { type FinalResults, Parser, type Result } from 'tap-parser';
import { stringify } from 'yaml';

/** Counts of TAP assertions; `failures` and `skips` say which, each failure with its diagnostics as YAML. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  readonly failures: { readonly name: string; readonly detail: string }[];
  readonly skips: { readonly name: string; readonly reason: string }[];
}

export function emptyTally(): Tally {
  return { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
}

export function addTally(sum: Tally, more: Tally): void {
  sum.passed += more.passed;
  sum.failed += more.failed;
  sum.skipped += more.skipped;
  sum.failures.push(...more.failures);
  sum.skips.push(...more.skips);
}

/**
 * Counts one file's TAP by its innermost assertions. A subtest's own point counts only where it says more than what is in it: it
 * failed although nothing in it did (a plan missed, a timeout). So it is with the file: an exit code, or no assertion at all, is a failure.
 */
export function tallyTap(file: string, tap: string, exit: { readonly code: number | undefined; readonly why: string }): Tally {
  const tally = emptyTally();
  const parser = new Parser();
  follow(parser, [file], tally);
  parser.on('complete', (results: FinalResults) => {
    const reason = results.plan.skipReason.replace(/^SKIP\s+/i, '');
    if (results.plan.skipAll && reason.startsWith('needs ')) skip(tally, file, reason);
    else if (!results.ok && tally.failed === 0) fail(tally, file, results.bailout || results.failures.map(describe).join('\n'));
  });
  parser.end(tap);
  if (exit.code !== 0 && tally.failed === 0) fail(tally, file, exit.why);
  if (tally.passed + tally.failed + tally.skipped === 0) fail(tally, file, 'the file asserts nothing');
  return tally;
}

function follow(parser: Parser, names: readonly string[], tally: Tally): void {
  let failedBeforeChild = 0;
  parser.on('child', (child: Parser) => {
    failedBeforeChild = tally.failed;
    follow(child, [...names, child.name], tally);
  });
  parser.on('assert', (result: Result) => {
    const name = [...names, result.name].join(' > ');
    if (result.skip !== false || result.todo !== false) skip(tally, name, result.skip || result.todo);
    else if (result.closingTestPoint) {
      if (!result.ok && tally.failed === failedBeforeChild) fail(tally, name, describe(result));
    } else if (result.ok) tally.passed += 1;
    else fail(tally, name, describe(result));
  });
}

function fail(tally: Tally, name: string, detail: string | true): void {
  tally.failed += 1;
  tally.failures.push({ name, detail: detail === true ? '' : detail });
}

function skip(tally: Tally, name: string, reason: string | boolean): void {
  tally.skipped += 1;
  tally.skips.push({ name, reason: typeof reason === 'string' ? reason : '' });
}

/** The diagnostics without the lines of source and their place in build/: the place in the source is enough. */
function describe(result: FinalResults['failures'][number]): string {
  if (!('diag' in result) || !result.diag) return String(result.tapError ?? '');
  const { source, ...diagnostics } = result.diag;
  if (diagnostics.at) delete diagnostics.at.generated;
  return stringify(diagnostics, { lineWidth: 0 }).trimEnd();
}
