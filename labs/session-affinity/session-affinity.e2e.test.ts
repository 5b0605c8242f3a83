import t from 'tap';
import { faultsOf, reportOf } from '../../src/cli/testing/report.js';
import { svclab, temporaryFolder } from '../../src/cli/testing/svclab.js';

// Two breaks of the lab wait for time to pass, and a busy machine takes its own.
t.setTimeout(600_000);

t.test('every claim is green, every break turns its claim red for its reason, and the evidence says so again', async (t) => {
  const run = await svclab(['run', 'session-affinity', '--sabotage', 'all', '--json', '--out', await temporaryFolder(t)]);
  const report = reportOf(run);
  for (const { id, verdict } of report.claims) t.equal(verdict.status, 'pass', `claim ${id}`);
  for (const { id, status, why } of report.breaks) t.equal(status, 'proven', `break ${id}: ${why.en}`);
  t.equal(report.claims.length, 12);
  t.equal(report.breaks.length, 15);
  t.equal(run.exitCode, 0, `${run.stderr}\n${faultsOf(report)}`);

  const again = reportOf(await svclab(['rejudge', report.folder ?? '', '--json'], { env: { PATH: '/nonexistent' } }));
  const verdicts = ({ claims }: typeof report) => claims.map(({ id, verdict: { status, seen } }) => [id, status, seen.en]);
  t.same(verdicts(again), verdicts(report), 'the same, to the word');
});
