import { once } from 'node:events';
import { chmod, chown, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../cli/package-root.js';
import { courseCluster } from '../../cli/providers.js';
import { machine, nothingLeft, says } from '../../cli/testing/kind-machine.js';
import type { FakeEngine } from './testing/fake-engine.js';

const root = process.getuid?.() === 0;

t.test('no Docker program', async (t) => {
  const there = await machine(t, { programs: ['kind', 'kubectl'] });
  says(t, await there.lab(), 3, /docker: (not found|spawn docker ENOENT)/i, /install/);
  await nothingLeft(t, there);
});

t.test('no engine behind the socket', async (t) => {
  const there = await machine(t);
  const env = { DOCKER_HOST: `unix://${there.bin}/none.sock` };
  const end = await there.run(['run', 'clusterip', '--cluster', 'kind', '--out', there.out], { env });
  says(t, end, 3, /docker[^\n]*(cannot connect|socket)/i, /start/);
  await nothingLeft(t, there);
});

t.test('no permission on the socket', async (t) => {
  const there = await machine(t);
  await chmod(there.engine.socket, 0o600);
  if (root) await chown(there.engine.socket, 65534, 65534);
  else await chmod(there.engine.socket, 0);
  // Root may use any file, unless it is kept from that.
  const wrap = root ? ['/usr/bin/setpriv', '--bounding-set', '-dac_override', '--inh-caps', '-dac_override', '--'] : [];
  const end = await there.run(['run', 'clusterip', '--cluster', 'kind', '--out', there.out], { wrap });
  says(t, end, 3, /docker[^\n]*permission denied/i, /socket|group/);
  await nothingLeft(t, there);
});

t.test('no kind, another kind, no kubectl', async (t) => {
  const noKind = await machine(t, { programs: ['docker', 'kubectl'] });
  says(t, await noKind.lab(), 3, /kind: (not found|spawn kind ENOENT)/, /go install sigs\.k8s\.io\/kind@v0\.24\.0/);
  const oldKind = await machine(t, { kindVersion: 'v0.20.0' });
  says(t, await oldKind.lab(), 3, /kind:[^\n]*v0\.20\.0/, /kind@v0\.24\.0/);
  const noKubectl = await machine(t, { programs: ['docker', 'kind'] });
  says(t, await noKubectl.lab(), 3, /kubectl: (not found|spawn kubectl ENOENT)/, /kubectl/);
  for (const there of [noKind, oldKind, noKubectl]) await nothingLeft(t, there);
});

t.test('a port of the cluster file that another program holds', async (t) => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.teardown(() => listener.close());
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  // A lab of its own, so that no test which runs beside this one meets the port.
  const labs = t.testdir();
  await cp(join(packageRoot, 'labs', 'clusterip'), join(labs, 'clusterip'), { recursive: true });
  const cluster = courseCluster().text.replace('hostPort: 30001', `hostPort: ${port}`);
  await writeFile(join(labs, 'myk8s.kind.yaml'), cluster);
  const there = await machine(t);
  const end = await there.run(['run', join(labs, 'clusterip'), '--cluster', 'kind', '--out', there.out]);
  says(t, end, 3, new RegExp(`127\\.0\\.0\\.1:${port}`), /hostPort|change the port/);
  await nothingLeft(t, there);
});

t.test('an image that is not here, and no registry to pull it from', async (t) => {
  const there = await machine(t);
  there.engine.images.clear();
  const end = await there.lab();
  says(
    t,
    end,
    3,
    /kindest\/node:v1\.31\.0@sha256:\w+ is not here, and cannot be pulled: [^\n]*no such host/,
    /svclab images build/,
    /svclab images load/,
  );
  await nothingLeft(t, there);
});

t.test('a pull that breaks off, and how far it had come', async (t) => {
  const there = await machine(t);
  there.engine.images.clear();
  const layers = ['aa', 'bb', 'cc', 'dd'];
  there.engine.pull = [
    { status: 'Pulling from kindest/node', id: 'v1.31.0' },
    ...layers.map((id) => ({ status: 'Pulling fs layer', id })),
    ...layers
      .slice(0, 3)
      .flatMap((id) =>
        Array.from({ length: 100 }, (_, i) => ({ status: 'Downloading', id, progressDetail: { current: i + 1, total: 100 } })),
      ),
    ...layers.slice(0, 2).map((id) => ({ status: 'Pull complete', id })),
    { errorDetail: { message: 'read: connection reset by peer' }, error: 'read: connection reset by peer' },
  ];
  const end = await there.lab();
  says(t, end, 3, /cannot be pulled: read: connection reset by peer/);
  t.same(end.stderr.match(/\d+ %/g), ['10 %', '20 %', '30 %', '40 %', '50 %', '60 %', '70 %'], 'a line for each tenth, and no more');
  await nothingLeft(t, there);
});

const failures: readonly {
  readonly name: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly says: readonly RegExp[];
  readonly logs: boolean;
}[] = [
  {
    name: 'too few inotify instances',
    stderr:
      'ERROR: failed to create cluster: could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"\n',
    exitCode: 3,
    says: [/could not find a log line/, /sudo sysctl fs\.inotify\.max_user_instances=512/, /nodes' logs are in /],
    logs: true,
  },
  {
    name: 'a control plane that does not come up',
    stderr:
      'ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec --privileged myk8s-control-plane kubeadm init --config=/kind/kubeadm.conf" failed with error: exit status 1\nCommand Output: [kubelet-check] The kubelet is not running\n',
    exitCode: 4,
    says: [
      /could not make the cluster myk8s: [\s\S]*'docker exec' failed: exit status 1[\s\S]*The kubelet is not running/,
      /nodes' logs are in /,
    ],
    logs: true,
  },
  {
    name: 'a port that only the engine finds taken',
    stderr:
      'ERROR: failed to create cluster: command "docker run --name myk8s-control-plane" failed with error: exit status 125\nCommand Output: docker: Error response from daemon: driver failed programming external connectivity on endpoint myk8s-control-plane (abc): Bind for 127.0.0.1:30002 failed: port is already allocated.\n',
    exitCode: 3,
    says: [/publishes 127\.0\.0\.1:30002, where another program listens/],
    logs: false,
  },
];

for (const { name, stderr, exitCode, says: patterns, logs } of failures) {
  t.test(`kind gives up: ${name}`, async (t) => {
    const there = await machine(t);
    await there.creation({ says: stderr, exitCode: 1 });
    says(t, await there.lab(), exitCode, ...patterns);
    await nothingLeft(t, there);
    const [folder = ''] = (await readdir(there.out)).filter((one) => one !== 'latest');
    const log = await readFile(join(there.out, folder, 'cluster-logs', 'myk8s-worker', 'journal.log'), 'utf8').catch(() => undefined);
    t.equal(log, logs ? 'why it did not come up\n' : undefined, 'what the nodes had to say is in the run folder');
  });
}

/** Nodes that kind made when somebody typed it. */
function usersOwnCluster(engine: FakeEngine, created?: number): void {
  engine.addNetwork('kind');
  for (const name of ['myk8s-control-plane', 'myk8s-worker']) {
    const labels = { 'io.x-k8s.kind.cluster': 'myk8s' };
    engine.addContainer(name, { labels, network: 'kind', ...(created === undefined ? {} : { created }) });
  }
}

t.test("another's cluster of that name is left alone, with --fresh too", async (t) => {
  const there = await machine(t);
  usersOwnCluster(there.engine);
  for (const args of [[], ['--fresh']])
    says(t, await there.lab(...args), 2, /myk8s is there, and svclab did not make it/, /kind delete cluster --name myk8s/);
  // A record that a killed svclab left an hour before does not make it svclab's.
  there.engine.addVolume('svclab-myk8s', { 'svclab.cluster': 'myk8s', 'svclab.nodes': '' }, new Date(Date.now() - 3_600_000).toISOString());
  says(t, await there.lab('--fresh'), 2, /svclab did not make it/);
  t.same(there.engine.changes, [], 'nothing was changed');
});

t.test('a cluster from another file: said, and --fresh takes its place', async (t) => {
  const there = await machine(t);
  usersOwnCluster(there.engine);
  const { containers } = there.engine;
  const nodes = containers.map(({ Id }) => Id.slice(0, 12)).join(' ');
  there.engine.addVolume('svclab-myk8s', {
    'svclab.cluster': 'myk8s',
    'svclab.nodes': nodes,
    'svclab.config': 'other',
    'svclab.network': 'made',
  });
  says(t, await there.lab(), 2, /made from another cluster file than \S*myk8s\.kind\.yaml/, /--fresh/);
  t.equal(containers.length, 2);
  // The new one comes to be, and then there is no image for the probes.
  const end = await there.lab('--fresh');
  says(t, end, 3, /is not here, and cannot be pulled/, /ending the old cluster myk8s/);
  t.equal((await there.kindCalls()).filter((call) => call.startsWith('create')).length, 1);
  await nothingLeft(t, there);
});

t.test('a cluster with nodes missing is not used', async (t) => {
  const there = await machine(t);
  usersOwnCluster(there.engine);
  const [first] = there.engine.containers;
  there.engine.addVolume('svclab-myk8s', {
    'svclab.cluster': 'myk8s',
    'svclab.nodes': `${there.engine.containers.map(({ Id }) => Id.slice(0, 12)).join(' ')} 0123456789ab`,
  });
  says(t, await there.lab(), 2, /only myk8s-control-plane, myk8s-worker is left/, /--fresh/);
  t.ok(there.engine.containers.includes(first as never));
});

t.test('an engine that refuses: its words, and nothing raw', async (t) => {
  const there = await machine(t);
  there.engine.refused.set('POST /volumes/create', { status: 500, message: 'no space left on device' });
  says(t, await there.lab(), 4, /no space left on device/);
  await nothingLeft(t, there);
});
