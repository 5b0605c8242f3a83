import t from 'tap';
import { endClusterAfter, engineState, ownFolders } from '../../src/cli/testing/engine.js';
import { faultsOf, reportOf } from '../../src/cli/testing/report.js';
import { svclab } from '../../src/cli/testing/svclab.js';

t.test('on a real cluster every claim holds, every break turns its claim red for its reason, and nothing is left', async (t) => {
  endClusterAfter(t);
  const before = await engineState();
  const { run, strewn } = await ownFolders(t, 'cluster');
  const finished = await run(['--sabotage', 'all']);
  const report = reportOf(finished);
  t.equal(finished.exitCode, 0, `${finished.stderr}\n${faultsOf(report)}`);
  t.same(report.totals, { pass: 13, fail: 0, inconclusive: 0, skip: 0 });
  for (const { id, verdict } of report.claims) t.ok(verdict.evidence.length > 0, `${id} names its evidence`);
  for (const { id, status, why } of report.breaks) t.equal(status, 'proven', `break ${id}: ${why.en}`);
  t.equal(report.breaks.length, 13);
  t.same(
    new Set(report.breaks.map(({ claim }) => claim)),
    new Set(report.claims.map(({ id }) => id)),
    'every claim has a break that was proven',
  );
  t.same(await engineState(), before, 'containers, networks, volumes and images are as before');
  t.same(await strewn(), [], 'no temporary file, and no kubeconfig');

  t.test('the evidence comes to the same verdicts with no cluster, no Docker and no kind', async (t) => {
    const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock', PATH: '/nonexistent' };
    const again = reportOf(await svclab(['rejudge', report.folder ?? '', '--json'], { env }));
    t.equal(again.exitCode, 0, faultsOf(again));
    const verdicts = ({ claims }: typeof report) => claims.map(({ id, verdict: { status, seen } }) => [id, status, seen.en]);
    t.same(verdicts(again), verdicts(report), 'the same, to the word');
  });
});
