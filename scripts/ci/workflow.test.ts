import t from 'tap';
import { findLab, knownLabs } from '../../src/cli/find-lab.js';
import { packageRoot } from '../../src/cli/package-root.js';
import { labRegistries } from '../../src/cli/registries.js';
import { loadLab } from '../../src/schema/load-lab.js';
import { labsWorkflow } from './workflow.js';

const { text, workflow } = labsWorkflow();
const { lab: job } = workflow.jobs;

t.test('the matrix is every lab on every kind of cluster that it runs on', async (t) => {
  const { lab, cluster, exclude } = job.strategy.matrix;
  const excluded = exclude.map((one) => `${one.lab} ${one.cluster}`);
  const here = lab.flatMap((one) => cluster.map((kind) => `${one} ${kind}`)).filter((pair) => !excluded.includes(pair));
  const wanted = knownLabs().flatMap((id) => loadLab(findLab(id, packageRoot), labRegistries).clusters.map((kind) => `${id} ${kind}`));
  t.strictSame(here.sort(), wanted.sort());
  t.equal(job.strategy['fail-fast'], false, 'one that fails does not hide the others');
});

t.test('who may start it: never a pull request, and a push or the clock in a private repository alone', async (t) => {
  t.strictSame(Object.keys(workflow.on).sort(), ['push', 'schedule', 'workflow_dispatch']);
  t.equal(job.if, "github.event_name == 'workflow_dispatch' || github.event.repository.private == true");
});

t.test('what it may do', async (t) => {
  t.strictSame(workflow.permissions, { contents: 'read' });
  t.notMatch(text, /secrets\.|GITHUB_TOKEN|: write/, 'no secret, and nothing is written');
  t.match(
    job.steps.find(({ uses }) => uses?.startsWith('actions/checkout@')),
    { with: { 'persist-credentials': false } },
  );
  t.ok(job['timeout-minutes'] <= 60);
  t.ok(job['runs-on'].includes('self-hosted'));
  t.match(workflow.concurrency, { 'cancel-in-progress': false });
});

t.test('actions are pinned by commit, with their version beside it', async (t) => {
  const uses = text.split('\n').filter((line) => /\buses:/.test(line));
  t.ok(uses.length >= 2);
  for (const line of uses) t.match(line, /uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

t.test('it calls svclab ci and nothing else, without an expression in the shell', async (t) => {
  const runs = job.steps.flatMap(({ run }) => run ?? []);
  t.equal(runs.length, 1);
  for (const run of runs) {
    t.match(run, /^npm run -s svclab -- ci /);
    t.notMatch(run, /\$\{\{/, 'what comes from outside goes through the environment');
  }
});

t.test('the evidence is kept, whatever came of the run', async (t) => {
  const kept = job.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'));
  t.equal(kept?.if, 'always()');
  t.match(kept?.with, { 'if-no-files-found': 'error', path: /^runs\n/ });
});
