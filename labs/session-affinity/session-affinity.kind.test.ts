import t from 'tap';
import { endClusterAfter, engineState, ownFolders } from '../../src/cli/testing/engine.js';
import { faultsOf, reportOf } from '../../src/cli/testing/report.js';
import { svclab } from '../../src/cli/testing/svclab.js';

t.test('on a real cluster every claim holds, and every break turns its claim red for its reason', async (t) => {
  endClusterAfter(t);
  const before = await engineState();
  const { run, strewn } = await ownFolders(t);
  const finished = await run(['--sabotage', 'all'], { lab: 'session-affinity' });
  const report = reportOf(finished);
  t.equal(report.cluster, 'kind');
  for (const { id, verdict } of report.claims) {
    t.equal(verdict.status, 'pass', `claim ${id}`);
    t.ok(verdict.evidence.length > 0, `${id} names its evidence`);
  }
  for (const { id, status, why } of report.breaks) t.equal(status, 'proven', `break ${id}: ${why.en}`);
  t.equal(report.claims.length, 12);
  t.equal(report.breaks.length, 15);
  t.equal(finished.exitCode, 0, `${finished.stderr}\n${faultsOf(report)}`);
  t.same(await engineState(), before, 'containers, networks, volumes and images are as before');
  t.same(await strewn(), [], 'no temporary file, and no kubeconfig');

  const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock', PATH: '/nonexistent' };
  const again = reportOf(await svclab(['rejudge', report.folder ?? '', '--json'], { env }));
  const verdicts = ({ claims }: typeof report) => claims.map(({ id, verdict: { status, seen } }) => [id, status, seen.en]);
  t.same(verdicts(again), verdicts(report), 'the same, to the word');
});
