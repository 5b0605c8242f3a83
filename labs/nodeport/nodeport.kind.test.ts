import t from 'tap';
import { endClusterAfter, engineState, ownFolders } from '../../src/cli/testing/engine.js';
import { faultsOf, greenReportOf, reportOf } from '../../src/cli/testing/report.js';
import { svclab } from '../../src/cli/testing/svclab.js';

t.test('every claim holds on a real cluster, every break turns its claim red for its reason, and nothing is left', async (t) => {
  endClusterAfter(t);
  const before = await engineState();
  const { run, strewn } = await ownFolders(t, 'nodeport');
  const report = greenReportOf(await run(['--sabotage', 'all']));
  t.equal(report.cluster, 'kind');
  t.same(report.totals, { pass: 15, fail: 0, inconclusive: 0, skip: 0 });
  for (const { id, status, why } of report.breaks) t.equal(status, 'proven', `break ${id}: ${why.en}`);
  t.same(new Set(report.breaks.map(({ claim }) => claim)), new Set(report.claims.map(({ id }) => id)), 'every claim has a break');
  t.same(await engineState(), before, 'containers, networks, volumes and images are as before');
  t.same(await strewn(), [], 'no temporary file, and no kubeconfig');

  const again = reportOf(await svclab(['rejudge', report.folder ?? '', '--json']));
  t.equal(again.exitCode, 0, faultsOf(again));
  const verdicts = ({ claims }: typeof report) => claims.map(({ id, verdict: { status, seen } }) => [id, status, seen.en]);
  t.same(verdicts(again), verdicts(report), 'the same, to the word');
});
