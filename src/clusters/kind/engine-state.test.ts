import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { EnvironmentError } from '../../core/errors.js';
import type { Executor } from '../../core/executor.js';
import { dockerAt, dockerEndpoint } from '../../exec/docker/connect.js';
import { said } from '../../exec/docker/engine-error.js';
import { localExecutor } from '../../exec/local.js';
import { ensureImage, PullShare } from './local-images.js';
import { thisProcess } from './maker.js';
import { networkExists, removeUnusedNetwork } from './network.js';
import { NodeEnded, NodeWatch } from './node-watch.js';
import { clusterNames, nodeContainers } from './nodes.js';
import { claim, identity, ownership, readRecord, removeRecord, writeRecord } from './record.js';
import { end } from './teardown.js';
import { FakeEngine } from './testing/fake-engine.js';

const local = localExecutor({ LC_ALL: 'C' });

async function engine(t: Test) {
  const folder = await mkdtemp(join(tmpdir(), 'svclab-test-'));
  const fake = await FakeEngine.start(join(folder, 'docker.sock'));
  t.teardown(async () => {
    await fake[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  // As the program finds it: by the docker program, which this test's folder stands in for.
  const program = { ...local, run: async (argv: readonly string[]) => ({ ...done(argv), stdout: `unix://${fake.socket}\n` }) };
  const docker = await dockerAt(await dockerEndpoint(program, {}), {});
  return { fake, docker };
}

function done(argv: readonly string[]) {
  return { place: 'local', argv, ended: 'exit', exitCode: 0, signal: null, stderr: '', durationMs: 0 } as const;
}

const node = { 'io.x-k8s.kind.cluster': 'c' };

t.test('nodes: those of the cluster, with their addresses, in the order in which people count', async (t) => {
  const { fake, docker } = await engine(t);
  fake.addNetwork('kind');
  for (const name of ['c-worker10', 'c-worker2', 'c-control-plane']) fake.addContainer(name, { labels: node, network: 'kind' });
  fake.addContainer('other', { labels: { 'io.x-k8s.kind.cluster': 'd' } });
  fake.addContainer('c-worker3', { labels: node, network: 'kind', state: 'exited' });
  const nodes = await nodeContainers(docker, 'c');
  t.same(
    nodes.map(({ name, state, address }) => [name, state, address]),
    [
      ['c-control-plane', 'running', '172.18.0.4'],
      ['c-worker2', 'running', '172.18.0.3'],
      ['c-worker3', 'exited', ''],
      ['c-worker10', 'running', '172.18.0.2'],
    ],
  );
  t.same(await clusterNames(docker), ['c', 'd']);
});

t.test('a record is claimed by one, is read as it was written, and goes', async (t) => {
  const { fake, docker } = await engine(t);
  const record = { config: 'sum', nodes: '', network: true, maker: 'boot.1.2.3' };
  t.equal(await readRecord(docker, 'c'), undefined);
  t.equal(await claim(docker, 'c', record), true);
  t.equal(await claim(docker, 'c', { ...record, maker: 'boot.1.9.9' }), false, 'the second comes too late');
  t.match(await readRecord(docker, 'c'), { ...record, since: Number });
  await writeRecord(docker, 'c', { ...record, nodes: 'aa bb' });
  t.match(await readRecord(docker, 'c'), { ...record, nodes: 'aa bb' });
  t.equal(fake.volumes.length, 1);
  await removeRecord(docker, 'c');
  await removeRecord(docker, 'c');
  t.equal(fake.volumes.length, 0);
});

t.test("whose a cluster is: by its nodes' ids, and before they are known by the time in which they came", async (t) => {
  const { fake, docker } = await engine(t);
  for (const created of [1_000, 1_001]) fake.addContainer(`c-${created}`, { labels: node, created });
  const nodes = await nodeContainers(docker, 'c');
  const record = { config: '', nodes: identity(nodes), network: false, maker: '', since: 1_000 };
  t.equal(ownership(nodes, undefined), 'foreign');
  t.equal(ownership(nodes, record), 'whole');
  t.equal(ownership([...nodes].reverse(), record), 'whole');
  t.equal(ownership(nodes.slice(1), record), 'parts');
  t.equal(ownership(nodes, { ...record, nodes: identity(nodes.slice(1)) }), 'foreign', 'one of them is unknown');
  const begun = { ...record, nodes: '' };
  t.equal(ownership(nodes, begun), 'unfinished');
  t.equal(ownership(nodes, { ...begun, since: 1_001 }), 'foreign', 'one was there before');
  t.equal(ownership(nodes, { ...begun, since: 1_000 - 3_600 }), 'foreign', 'kind was no longer at work');
  t.equal(ownership(nodes, { ...begun, since: Number.NaN }), 'foreign');
});

t.test('the network of the nodes is removed when nobody is on it', async (t) => {
  const { fake, docker } = await engine(t);
  await removeUnusedNetwork(docker);
  fake.addNetwork('kind');
  fake.addNetwork('kind-of-another');
  for (const state of ['running', 'exited', 'created']) {
    fake.containers.length = 0;
    fake.addContainer('users', { network: 'kind', state });
    await removeUnusedNetwork(docker);
    t.equal(await networkExists(docker), true, `not with a container that is ${state}`);
  }
  fake.containers.length = 0;
  fake.addContainer('elsewhere', { network: 'kind-of-another' });
  await removeUnusedNetwork(docker);
  t.same(
    fake.networks.map(({ Name }) => Name),
    ['kind-of-another'],
  );
});

t.test('the end of a cluster: nodes, sidecars, record and network, and nothing else', async (t) => {
  const { fake, docker } = await engine(t);
  fake.addNetwork('kind');
  fake.addContainer('c-control-plane', { labels: node, network: 'kind' });
  fake.addContainer('c-svclab-node-c', { labels: { 'svclab.sidecar': 'c' }, network: 'kind' });
  const users = fake.addContainer('users');
  const volume = fake.addVolume('users', {});
  await writeRecord(docker, 'c', {
    config: '',
    nodes: identity(await nodeContainers(docker, 'c')),
    network: true,
    maker: await thisProcess(),
  });
  await end({ local, docker }, 'c');
  t.same([fake.containers, fake.volumes, fake.networks], [[users], [volume], []]);
  const changes = fake.changes.length;
  await end({ local, docker }, 'c');
  t.equal(fake.changes.length, changes, 'what is not there is no error');
});

/** Two nodes' containers that run. */
async function engineWithNodes(t: Test) {
  const { fake, docker } = await engine(t);
  const names = ['c-control-plane', 'c-worker'];
  for (const name of names) fake.addContainer(name, { labels: node });
  return {
    fake,
    docker,
    config: { name: 'c', nodes: names.map((name) => ({ name, role: 'worker' as const, labels: {}, portMappings: [] })) },
  };
}

t.test('after a lost connection, the word of the engine or an answer of every node is awaited', async (t) => {
  const { fake, docker, config } = await engineWithNodes(t);
  const lost = (watch: NodeWatch): Promise<never> => watch.blaming(() => Promise.reject(new EnvironmentError('reset by peer')));
  const asked: string[] = [];
  const healthy = new NodeWatch(docker, config, async (name) => asked.push(name) > 0);
  await t.rejects(lost(healthy), /^reset by peer$/, 'all nodes answer: it was not because of them');
  t.same(asked, ['c-control-plane', 'c-worker']);
  const dying = new NodeWatch(docker, config, async (name) => {
    if (name !== 'c-worker') return true;
    const container = fake.containers[1];
    setTimeout(() => {
      if (container !== undefined) container.State = 'exited';
    }, 300);
    return false;
  });
  await t.rejects(
    lost(dying),
    /c-worker of the cluster c no longer runs: reset by peer/,
    'one no longer answers, and the engine says so in the end',
  );
});

t.test('a node that has ended is named, and what fails because of it is laid on it', async (t) => {
  const { fake, docker, config } = await engineWithNodes(t);
  const watch = new NodeWatch(docker, config);
  const failing = (): Promise<never> => watch.blaming(() => Promise.reject(new EnvironmentError('no answer')));
  const pod = watch.over({ ...local, place: 'pod/default/p' });
  const onNode = watch.over({ ...local, place: 'node/c-worker' });
  await t.rejects(failing(), /^no answer$/);
  const refused = watch.blaming(() => Promise.reject(new EnvironmentError('connection refused')));
  setTimeout(() => {
    const [first] = fake.containers;
    if (first !== undefined) first.State = 'exited';
  }, 300);
  await t.rejects(refused, /c-control-plane of the cluster c no longer runs: connection refused/, 'the engine says so a little later');
  const [first] = fake.containers;
  if (first !== undefined) first.State = 'running';
  const cut: Executor = {
    ...local,
    place: 'pod/default/p',
    run: async (argv) => {
      setTimeout(() => {
        if (first !== undefined) first.State = 'exited';
      }, 300);
      return { ...(await local.run(['true'])), argv, ended: 'not-started', exitCode: null, stderr: 'the connection was lost' };
    },
  };
  await t.rejects(watch.over(cut).run(['true']), /c-control-plane of the cluster c no longer runs: the connection was lost/);
  if (first !== undefined) first.State = 'running';
  t.equal((await pod.run(['true'])).exitCode, 0);
  const worker = fake.containers[1];
  if (worker !== undefined) worker.State = 'exited';
  await t.rejects(failing(), { message: 'c-worker of the cluster c no longer runs: no answer', hint: /docker logs c-worker/ });
  await t.rejects(pod.run(['true']), /c-worker of the cluster c no longer runs/);
  await t.rejects(onNode.run(['false']), /c-worker of the cluster c no longer runs/);
  t.equal((await onNode.run(['true'])).exitCode, 0, 'what a node shows of itself stands');
  await t.rejects(
    watch.blaming(() => Promise.reject(new TypeError('a mistake'))),
    TypeError,
  );
  await fake[Symbol.asyncDispose]();
  await t.rejects(watch.mustRun(), NodeEnded);
  await t.rejects(watch.mustRun(), /the Docker engine no longer answers/);
});

t.test("the engine's own words, without what the library puts around them", async (t) => {
  const { fake, docker } = await engine(t);
  fake.refused.set('GET /volumes', { status: 500, message: 'disk is gone' });
  const error = await docker.listVolumes().catch((thrown: unknown) => thrown);
  t.match(error, { message: 'the Docker engine says: disk is gone', statusCode: 500 });
  t.ok(error instanceof EnvironmentError);
  t.equal(said(error), 'disk is gone');
  await t.rejects(
    ensureImage(docker, 'a:1', () => {}),
    { message: /^the image a:1 is not here, and cannot be pulled: Get "https:.* no such host$/ },
  );
});

t.test('an image that was pulled, and one that was said to be', async (t) => {
  const { fake, docker } = await engine(t);
  const told: string[] = [];
  fake.pull = [{ status: 'Status: Downloaded newer image for a:1' }];
  await t.rejects(
    ensureImage(docker, 'a:1', ({ en }) => told.push(en)),
    /was pulled, and the engine does not hold it/,
  );
  fake.images.set('a:1', {});
  t.match(await ensureImage(docker, 'a:1', ({ en }) => told.push(en)), /^sha256:/);
  t.same(told, ['pulling a:1']);
});

t.test('how much of a pull has come', async (t) => {
  const share = new PullShare();
  t.equal(share.after({ status: 'Pulling from a', id: '1' }), 0);
  t.equal(share.after({ status: 'Pulling fs layer', id: 'x' }), 0);
  t.equal(share.after({ status: 'Already exists', id: 'y' }), 50);
  t.equal(share.after({ status: 'Downloading', id: 'x', progressDetail: { current: 50, total: 100 } }), 72);
  t.equal(share.after({ status: 'Downloading', id: 'x', progressDetail: {} }), 50);
  t.equal(share.after({ status: 'Pull complete', id: 'x' }), 100);
  t.equal(share.after('no object'), 100);
});
