import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { verdictsOf, verdictsSchema } from '../../scripts/matrix/verdicts.js';
import { packageRoot } from '../../src/cli/package-root.js';
import { faultsOf, type RunReport, reportOf } from '../../src/cli/testing/report.js';
import { svclab, temporaryFolder } from '../../src/cli/testing/svclab.js';

/** For tests alone. Runs a lab with all its breaks on the embedded cluster, and holds what came of it against docs/matrix.json; then judges the evidence once more. */
export async function provesItself(t: Test, lab: string): Promise<RunReport> {
  const run = await svclab(['run', lab, '--sabotage', 'all', '--json', '--out', await temporaryFolder(t)]);
  const report = reportOf(run);
  t.equal(run.exitCode, 0, `${run.stderr}\n${faultsOf(report)}`);
  await holds(t, report);
  return report;
}

/** For tests alone. Every claim is green or rightly left out, every break proven, as the matrix says; and the stored evidence comes to the same. */
export async function holds(t: Test, report: RunReport): Promise<void> {
  const { lab, cluster, claims, breaks, folder } = report;
  for (const { id, verdict } of claims) t.ok(verdict.status === 'pass' || verdict.status === 'skip', `claim ${id}: ${verdict.seen.en}`);
  for (const { id, status, why } of breaks) t.equal(status, 'proven', `break ${id}: ${why.en}`);
  const proven = new Set(breaks.map(({ claim }) => claim));
  for (const { id, verdict } of claims) if (verdict.status === 'pass') t.ok(proven.has(id), `claim ${id} has a break that was proven`);
  const matrix = verdictsSchema.parse(JSON.parse(readFileSync(join(packageRoot, 'docs', 'matrix.json'), 'utf8')));
  const written = matrix[cluster ?? '']?.[lab?.id ?? ''] ?? {};
  // Another machine may have what the one that wrote the matrix lacked.
  const more = claims.filter(({ id, verdict }) => verdict.status === 'pass' && written[id]?.verdict === 'skip').map(({ id }) => id);
  const without = (all: typeof written) => Object.fromEntries(Object.entries(all).filter(([id]) => !more.includes(id)));
  t.strictSame(without(verdictsOf(report)), without(written), 'docs/matrix.json says the same: npm run matrix');
  const again = reportOf(await svclab(['rejudge', folder ?? '', '--json']));
  t.equal(again.exitCode, 0, faultsOf(again));
  const verdicts = (one: RunReport) => one.claims.map(({ id, verdict }) => [id, verdict.status, verdict.seen.en]);
  t.strictSame(verdicts(again), verdicts(report), 'the evidence comes to the same verdicts, to the word');
}
