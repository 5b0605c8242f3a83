import t from 'tap';
import { machine, nothingLeft, says } from '../../cli/testing/kind-machine.js';
import { waitFor } from '../../core/wait.js';

const soon = { intervalMs: 20, timeoutMs: 20_000 };

t.test('Ctrl-C while kind is at work: what its programs bring about later does not stay', async (t) => {
  const there = await machine(t);
  await there.creation({ hangs: true, lateNodeMs: 700 });
  const run = there.start(['run', 'clusterip', '--cluster', 'kind', '--out', there.out]);
  await run.says('Preparing nodes');
  run.kill('SIGINT');
  says(t, await run.finished, 130);
  t.ok(there.engine.changes.includes('POST /containers/create'), 'nodes had come');
  t.equal(there.engine.changes.filter((change) => change === 'POST /containers/create').length, 4, 'the late one too');
  await nothingLeft(t, there);
});

t.test('a second Ctrl-C has patience, and a third one has not', async (t) => {
  const there = await machine(t);
  await there.creation({ hangs: true, lateNodeMs: 5_000 });
  const run = there.start(['run', 'clusterip', '--cluster', 'kind', '--out', there.out]);
  await run.says('Preparing nodes');
  run.kill('SIGINT');
  await waitFor('the nodes to go', () => there.engine.containers.length === 0 || undefined, soon);
  run.kill('SIGINT');
  await run.says('still cleaning up');
  run.kill('SIGINT');
  t.equal((await run.finished).exitCode, 130);
  t.equal(there.engine.volumes.length, 1, 'the record says what is to be ended');
  // What the first one would have waited for comes, and the next run ends it.
  await waitFor('the late node', () => there.engine.containers.length === 1 || undefined, soon);
  says(t, await there.lab(), 2, /not finished: svclab was ended while it made it/, /--fresh/, /svclab down/);
  there.engine.images.clear();
  says(t, await there.lab('--fresh'), 3, /cannot be pulled/);
  await nothingLeft(t, there);
});

t.test('svclab is killed while kind is at work: the next run says so, and --fresh ends it', async (t) => {
  const there = await machine(t);
  await there.creation({ hangs: true });
  const run = there.start(['run', 'clusterip', '--cluster', 'kind', '--out', there.out]);
  await run.says('Preparing nodes');
  says(t, await there.lab('--fresh'), 2, /another svclab is making the cluster myk8s/, new RegExp(`process ${run.pid}\\b`));
  run.kill('SIGKILL');
  await run.finished;
  t.equal(there.engine.containers.length, 4);
  says(t, await there.lab(), 2, /not finished/, /--fresh/);
  t.equal(there.engine.containers.length, 4, 'nothing is ended that nobody wants ended');
  there.engine.images.clear();
  says(t, await there.lab('--fresh'), 3, /ending the old cluster/);
  await nothingLeft(t, there);
});

t.test('a network with a container of somebody else stays, be it one that never ran', async (t) => {
  const there = await machine(t);
  await there.creation({ says: 'ERROR: it failed\n', exitCode: 1, hangs: true });
  const run = there.start(['run', 'clusterip', '--cluster', 'kind', '--out', there.out]);
  await run.says('Preparing nodes');
  const users = there.engine.addContainer('the-users', { network: 'kind', state: 'created' });
  run.kill('SIGTERM');
  says(t, await run.finished, 143);
  t.same(there.engine.containers, [users]);
  t.equal(there.engine.networks.length, 1);
  t.equal(there.engine.volumes.length, 0);
});
