import t from 'tap';
import { endClusterAfter, engineState, ownFolders } from '../src/cli/testing/engine.js';
import { faultsOf } from '../src/cli/testing/report.js';
import { reportSchema } from '../src/reporters/report-schema.js';
import { holds } from './testing/proof.js';

t.test('every lab on one real cluster: each claim is green, and each break turns its claim red for its reason', async (t) => {
  endClusterAfter(t);
  const before = await engineState();
  const { run, strewn } = await ownFolders(t);
  const finished = await run(['--sabotage', 'all'], { lab: 'all' });
  const { runs } = reportSchema.parse(JSON.parse(finished.stdout));
  t.equal(finished.exitCode, 0, [finished.stderr, ...runs.map(faultsOf)].join('\n'));
  t.ok(runs.length > 0);
  for (const report of runs) await t.test(report.lab?.id ?? 'a lab', (t) => holds(t, report));
  t.same(await engineState(), before, 'containers, networks, volumes and images are as before');
  t.same(await strewn(), [], 'no temporary file, and no kubeconfig');
});
