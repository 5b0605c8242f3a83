import t from 'tap';
import { faultsOf, reportOf } from '../../src/cli/testing/report.js';
import { svclab, temporaryFolder } from '../../src/cli/testing/svclab.js';

t.test('every claim is green, every break turns its claim red for its reason, and the evidence says so again', async (t) => {
  const run = await svclab(['run', 'kindnet', '--sabotage', 'all', '--json', '--out', await temporaryFolder(t)]);
  const report = reportOf(run);
  t.equal(run.exitCode, 0, `${run.stderr}\n${faultsOf(report)}`);
  t.same(report.totals, { pass: 11, fail: 0, inconclusive: 0, skip: 1 });
  for (const { id, status, why } of report.breaks) t.equal(status, 'proven', `break ${id}: ${why.en}`);
  t.equal(report.breaks.length, 13);
  t.same(
    report.claims.flatMap(({ id, verdict }) => (verdict.status === 'skip' ? [id] : [])),
    ['cni-config'],
    'only a real cluster has a CNI config',
  );

  const again = reportOf(await svclab(['rejudge', report.folder ?? '', '--json']));
  t.equal(again.exitCode, 0, faultsOf(again));
  t.same(
    again.claims.map(({ id, verdict: { status, seen } }) => [id, status, seen.en]),
    report.claims.map(({ id, verdict: { status, seen } }) => [id, status, seen.en]),
    'the same, to the word',
  );
});
