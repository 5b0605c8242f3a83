import t from 'tap';
import { endClusterAfter, engineState, ownFolders } from '../../src/cli/testing/engine.js';
import { faultsOf, reportOf } from '../../src/cli/testing/report.js';
import { svclab } from '../../src/cli/testing/svclab.js';

t.test('every break turns its claim red on a real cluster, for its reason', async (t) => {
  endClusterAfter(t);
  const before = await engineState();
  const { run, strewn } = await ownFolders(t);
  const finished = await run(['--sabotage', 'all']);
  const report = reportOf(finished);
  for (const { id, verdict } of report.claims) t.equal(verdict.status, 'pass', `claim ${id}`);
  for (const { id, status, why } of report.breaks) t.equal(status, 'proven', `break ${id}: ${why.en}`);
  t.equal(report.breaks.length, 24);
  t.same(
    new Set(report.breaks.map(({ claim }) => claim)),
    new Set(report.claims.map(({ id }) => id)),
    'every claim has a break that was proven',
  );
  t.equal(finished.exitCode, 0, `${finished.stderr}\n${faultsOf(report)}`);

  t.same(await engineState(), before, 'containers, networks, volumes and images are as before');
  t.same(await strewn(), [], 'no temporary file, and no kubeconfig');
  const again = reportOf(await svclab(['rejudge', report.folder ?? '', '--json']));
  t.equal(again.exitCode, 0, 'what the breaks left in the folder does not touch the claims');
  t.same(
    again.claims.map(({ id, verdict }) => [id, verdict.status]),
    report.claims.map(({ id, verdict }) => [id, verdict.status]),
  );
});
