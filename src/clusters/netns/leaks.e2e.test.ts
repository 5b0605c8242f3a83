import t from 'tap';
import { clusterIpManifests, never, startCluster } from './testing/course-cluster.js';
import { allGone, familyOf, hostState, networksOf } from './testing/host-state.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

/** However a cluster ends, the machine is as it was. */
const untouched = hostState();

t.test('disposing of it', async (t) => {
  const cluster = await startCluster();
  await cluster.apply(clusterIpManifests, never);
  const tcpdump = await cluster.executor('node/myk8s-worker').start(['tcpdump', '-i', 'any', '-w', '-']);
  await tcpdump.waitForStderr(/listening on/);
  t.equal(hostState(), untouched, 'nothing of the machine changes while it runs');
  const family = familyOf(process.pid);
  t.ok(family.processes.some(({ name }) => name === 'unshare'));
  t.ok(family.processes.some(({ name }) => name === 'tcpdump'));
  t.ok(
    family.processes.some(({ name }) => name === 'tail'),
    'the command of net-pod',
  );
  t.equal(family.pidNamespaces.size, 1, 'one sandbox');
  t.equal(networksOf(family), 3, 'its own, a node’s, a pod’s');
  await cluster[Symbol.asyncDispose]();
  const left = familyOf(process.pid).processes.filter(({ name }) => ['unshare', 'node', 'tcpdump', 'tail'].includes(name));
  t.same(left, [], 'nothing runs when the disposing is over');
  await allGone(family);
  t.equal(hostState(), untouched);
  t.match(await tcpdump.ended, { ended: 'signal' }, 'a command that still ran is told');
  await cluster[Symbol.asyncDispose]();
  t.pass('disposing of it twice does nothing');
});

t.test('an error while it comes up', async (t) => {
  const before = familyOf(process.pid);
  await t.rejects(
    startCluster({ config: { file: 'broken.yaml', text: 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: 5\n' } }),
    { name: 'InputError' },
  );
  await allGone({
    ...familyOf(process.pid),
    processes: familyOf(process.pid).processes.filter(({ pid }) => !before.processes.some((one) => one.pid === pid)),
  });
  t.equal(hostState(), untouched);
});

for (const victim of ['unshare', 'the agent'] as const) {
  t.test(`SIGKILL of ${victim}`, async (t) => {
    const cluster = await startCluster();
    t.teardown(() => cluster[Symbol.asyncDispose]());
    await cluster.apply(clusterIpManifests, never);
    const node = cluster.executor('node/myk8s-worker');
    const running = await node.start(['sleep', '1000']);
    const waiting = node.run(['sleep', '1000']);
    const refusal = t.rejects(waiting, { name: 'EnvironmentError', exitCode: 4, message: /the sandbox ended/ }, 'a request that waits');
    const family = familyOf(process.pid);
    const unshare = family.processes.find(({ name }) => name === 'unshare');
    const agent = family.processes.find(({ parent }) => parent === unshare?.pid);
    const pid = victim === 'unshare' ? unshare?.pid : agent?.pid;
    if (pid === undefined) throw new Error('the sandbox runs');
    process.kill(pid, 'SIGKILL');
    await refusal;
    t.match(await running.ended, { ended: 'signal', signal: 'SIGKILL', stderr: /the sandbox ended/ });
    await t.rejects(node.run(['true']), { name: 'EnvironmentError', message: /the sandbox ended/ }, 'a later request');
    await t.rejects(cluster.delete({ kind: 'Pod', namespace: 'default', name: 'webpod1' }, never), { name: 'EnvironmentError' });
    await allGone(family);
    t.equal(hostState(), untouched);
  });
}

t.test('two clusters at once know nothing of each other', async (t) => {
  const clusters = await Promise.all([startCluster(), startCluster()]);
  const [one, two] = clusters;
  const family = familyOf(process.pid);
  t.equal(family.pidNamespaces.size, 2);
  await Promise.all(clusters.map((cluster) => cluster.apply(clusterIpManifests, never)));
  await one[Symbol.asyncDispose]();
  t.match(await two.executor('pod/default/net-pod').run(['curl', '-sS', 'http://10.10.1.2']), {
    exitCode: 0,
    stdout: /^Hostname: webpod1/,
  });
  await two[Symbol.asyncDispose]();
  await allGone(family);
  t.equal(hostState(), untouched);
});
