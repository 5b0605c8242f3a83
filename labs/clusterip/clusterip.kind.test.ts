import t from 'tap';
import { endClusterAfter, engineState, ownFolders } from '../../src/cli/testing/engine.js';
import { faultsOf, greenReportOf, reportOf } from '../../src/cli/testing/report.js';
import { svclab } from '../../src/cli/testing/svclab.js';

t.test('from nothing: every claim holds on a real cluster, and nothing is left of it', async (t) => {
  endClusterAfter(t);
  const before = await engineState();
  const { run, strewn } = await ownFolders(t);
  const report = greenReportOf(await run([]));
  t.equal(report.cluster, 'kind');
  t.same(report.totals, { pass: 17, fail: 0, inconclusive: 0, skip: 0 });
  for (const { id, verdict } of report.claims) t.ok(verdict.evidence.length > 0, `${id} names its evidence`);
  t.same(
    report.warnings.filter(({ code }) => code === 'reused'),
    [],
    'the cluster was made',
  );
  t.same(await engineState(), before, 'containers, networks, volumes and images are as before');
  t.same(await strewn(), [], 'no temporary file, and no kubeconfig');

  t.test('the evidence comes to the same verdicts with no cluster, no Docker and no kind', async (t) => {
    const folder = report.folder ?? '';
    const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock', PATH: '/nonexistent' };
    const again = reportOf(await svclab(['rejudge', folder, '--json'], { env }));
    t.equal(again.exitCode, 0, faultsOf(again));
    const verdicts = ({ claims }: typeof report) => claims.map(({ id, verdict: { status, seen } }) => [id, status, seen.en]);
    t.same(verdicts(again), verdicts(report), 'the same, to the word');
  });
});
