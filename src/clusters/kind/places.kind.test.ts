import t from 'tap';
import { courseCluster } from '../../cli/providers.js';
import { temporaryFolder } from '../../cli/testing/svclab.js';
import type { Cluster } from '../../core/cluster.js';
import type { Place } from '../../core/executor.js';
import { kindProvider } from './provider.js';

// A cluster is made, where none is there.
t.setTimeout(600_000);

const never = new AbortController().signal;
const echo = {
  file: 'echo.yaml',
  text: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: deploy-echo
spec:
  replicas: 2
  selector:
    matchLabels:
      app: deploy-websrv
  template:
    metadata:
      labels:
        app: deploy-websrv
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: echo
          image: mendhak/http-https-echo:36
          ports:
            - containerPort: 8080
---
apiVersion: v1
kind: Service
metadata:
  name: svc-nodeport
spec:
  type: NodePort
  ports:
    - name: svc-webport
      port: 9000
      targetPort: 8080
  selector:
    app: deploy-websrv
`,
};
const lone = {
  file: 'lone.yaml',
  text: `apiVersion: v1
kind: Pod
metadata:
  name: lone
spec:
  terminationGracePeriodSeconds: 0
  nodeName: myk8s-worker2
  containers:
    - name: echo
      image: mendhak/http-https-echo:36
`,
};

t.test('the places of a real cluster: beside nodes, in pods, and outside of it', async (t) => {
  const logs = await temporaryFolder(t);
  const cluster = await kindProvider({ env: process.env, config: courseCluster() }).create({
    ...{ config: courseCluster(), name: 'myk8s', publish: false, fresh: false, signal: never },
    ...{ warn: () => {}, progress: () => {}, logs: async () => logs },
  });
  t.teardown(() => cluster[Symbol.asyncDispose]());
  await cluster.apply([echo, lone], never);
  const objects = await cluster.objects(never);
  const node = addressOf(objects, 'myk8s-worker3');
  const ports: readonly { nodePort?: number; port: number }[] = fieldOf(objects, 'Service', 'svc-nodeport', 'ports') ?? [];
  const [{ nodePort = 0 } = {}] = ports;
  const clusterIP: string = fieldOf(objects, 'Service', 'svc-nodeport', 'clusterIP') ?? '';

  for (const place of ['node/myk8s-worker', 'client/mypc'] as const) {
    // CAP_NET_ADMIN is bit 12 and CAP_NET_RAW bit 13 (capabilities(7), linux/capability.h).
    t.match(await at(cluster, place, 'cat', '/proc/self/status'), /^CapBnd:\t0{12}3000$/m, `${place} may use the network and nothing more`);
  }
  t.match(
    await at(cluster, 'node/myk8s-worker3', 'ip', '-brief', 'address', 'show', 'eth0'),
    `${node}/`,
    'a sidecar sees what its node sees',
  );
  t.equal((await at(cluster, 'client/mypc', 'hostname')).trim(), 'mypc');

  const answer = await at(cluster, 'client/mypc', 'curl', '-s', '--max-time', '5', `http://${node}:${nodePort}/`);
  t.match(JSON.parse(answer), { hostname: node, os: { hostname: /^deploy-echo-/ } });
  t.match(
    await at(cluster, 'client/mypc', 'ip', 'route', 'get', clusterIP),
    / hoplimit 1\b/,
    'what is meant for a ClusterIP stays on its network',
  );
  const none = await cluster.executor('client/mypc').run(['curl', '-s', '--max-time', '2', `http://${clusterIP}:9000/`]);
  t.not(none.exitCode, 0, 'a ClusterIP means nothing outside');

  const pod = objects.find(({ kind, metadata }) => kind === 'Pod' && metadata.name.startsWith('deploy-echo-'))?.metadata.name ?? '';
  t.equal((await at(cluster, `pod/default/${pod}`, 'hostname')).trim(), pod);

  const directly = ['curl', '-s', '--max-time', '1', `http://${podAddressOf(objects, 'lone')}:8080/`];
  t.match(JSON.parse(await at(cluster, 'node/myk8s-worker', ...directly)), { os: { hostname: 'lone' } });
  const scaled = { kind: 'Deployment', namespace: 'default', name: 'deploy-echo' } as const;
  await cluster.patch(scaled, { spec: { replicas: 1 } }, never);
  const kept = echoAddresses(await cluster.objects(never));
  const [fewer = ''] = echoAddresses(objects).filter((address) => !kept.includes(address));
  const rules = await at(cluster, 'node/myk8s-worker', 'iptables', '-w', '-t', 'nat', '-S');
  t.match(rules, `--to-destination ${kept[0]}:8080`);
  t.notMatch(rules, `--to-destination ${fewer}:8080`, 'no rule leads to a pod that is one too many');
  // It has no grace, so the API server shows it no longer while its kubelet has yet to end it.
  await cluster.delete({ kind: 'Pod', namespace: 'default', name: 'lone' }, never);
  t.not((await cluster.executor('node/myk8s-worker').run(directly)).exitCode, 0, 'a pod that is deleted has ended');
  const one = ['curl', '-s', '--max-time', '1', `http://${fewer}:8080/`];
  t.not((await cluster.executor('node/myk8s-worker').run(one)).exitCode, 0, 'and so has one that a patch took away before');

  const loneAnswers = async (why: string): Promise<void> => {
    const url = `http://${podAddressOf(await cluster.objects(never), 'lone')}:8080/`;
    t.match(JSON.parse(await at(cluster, 'node/myk8s-worker', 'curl', '-s', '--max-time', '1', url)), { os: { hostname: 'lone' } }, why);
  };
  await cluster.apply([lone], never);
  await loneAnswers('a pod that is gone is made anew');
  await cluster.apply([lone], never);
  await loneAnswers('one that is there stays');
  await cluster.patch({ kind: 'Pod', namespace: 'default', name: 'lone' }, { metadata: { labels: { app: 'deploy-websrv' } } }, never);
  t.match(
    await at(cluster, 'node/myk8s-worker', 'iptables', '-w', '-t', 'nat', '-S'),
    `${podAddressOf(await cluster.objects(never), 'lone')}:8080`,
  );
  await cluster.apply([lone], never);
  await loneAnswers('one that was changed meanwhile is applied once more');

  t.throws(() => cluster.executor('node/no-such-node'), /the cluster has no node\/no-such-node/);
  t.throws(() => cluster.executor('client/other'), /the cluster has no client\/other/);
});

async function at(cluster: Cluster, place: Place, ...argv: string[]): Promise<string> {
  const result = await cluster.executor(place).run(argv);
  t.equal(result.exitCode, 0, `${argv.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

type Objects = Awaited<ReturnType<Cluster['objects']>>;

function fieldOf<T>(objects: Objects, kind: string, name: string, field: string): T | undefined {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name)?.['spec'];
  return typeof found === 'object' && found !== null ? Reflect.get(found, field) : undefined;
}

function echoAddresses(objects: Objects): readonly string[] {
  const pods = objects.filter(({ kind, metadata }) => kind === 'Pod' && metadata.name.startsWith('deploy-echo-'));
  return pods.map(({ metadata }) => podAddressOf(objects, metadata.name));
}

function podAddressOf(objects: Objects, pod: string): string {
  const status = objects.find(({ kind, metadata }) => kind === 'Pod' && metadata.name === pod)?.['status'];
  const address: unknown = Reflect.get(Object(status), 'podIP');
  if (typeof address !== 'string') throw new Error(`${pod} has no address`);
  return address;
}

function addressOf(objects: Objects, node: string): string {
  const status = objects.find((object) => object.kind === 'Node' && object.metadata.name === node)?.['status'];
  const addresses: readonly { type: string; address: string }[] = Reflect.get(Object(status), 'addresses') ?? [];
  return addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
}
