import t from 'tap';
import type { KubeObject } from '../core/cluster.js';
import { EnvironmentError } from '../core/errors.js';
import { ObjectStore } from '../objects/store.js';
import { deployment, nodes, pod, service } from '../objects/testing/objects.js';
import { Scene } from './scene.js';

/** net on the control plane; web1 and web2 behind the Service svc; a Deployment with a node port in another namespace. */
function objects(): readonly KubeObject[] {
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  const other = <T extends KubeObject>(object: T): T => ({ ...object, metadata: { ...object.metadata, namespace: 'other' } });
  const ports = [
    { name: 'http', port: 9000, targetPort: 80 },
    { name: 'admin', port: 9001, targetPort: 81 },
  ];
  const { start } = store.apply([
    pod('net', {}, { nodeName: 'cp' }),
    pod('web1', { app: 'web' }, { nodeName: 'w2' }),
    pod('web2', { app: 'web' }, { nodeName: 'w1' }),
    pod('pending'),
    service('svc', { selector: { app: 'web' }, clusterIP: '10.200.1.20', ports }),
    service('empty', { selector: { app: 'nobody' }, clusterIP: '10.200.1.21' }),
    other(deployment('d', 2)),
    other(
      service('np', {
        type: 'NodePort',
        selector: { app: 'd' },
        clusterIP: '10.200.1.22',
        ports: [{ port: 80, targetPort: 'web', nodePort: 30_080, protocol: 'TCP' }],
      }),
    ),
  ]);
  for (const one of start) {
    if (one.metadata.name !== 'pending') store.setStatus(one, { podIP: store.podAddress(one).ip, hostIP: '', ready: true });
  }
  return store.objects;
}

const roles = {
  client: 'pod/net',
  web: 'pod/default/web2',
  absent: 'pod/gone',
  pending: 'pod/pending',
  service: 'svc/svc',
  outside: 'svc/other/np',
  lost: 'svc/gone',
  backends: 'endpoints/svc',
  nobody: 'endpoints/empty',
  worker: 'node/w1',
  nowhere: 'node/w9',
  mypc: 'client/mypc',
  yours: 'client/yourpc',
};
const mypc: KubeObject = { apiVersion: 'svclab/v1', kind: 'Client', metadata: { name: 'mypc' }, status: { address: '172.18.0.6' } };
const scene = new Scene(roles, [...objects(), mypc]);

t.test('roles become pods, Services, backends', async (t) => {
  t.match(scene.nodes[1], { name: 'w1', address: '172.18.0.3', podCIDR: '10.10.1.0/24', place: 'node/w1' });
  t.match(scene.pod('client'), { name: 'net', namespace: 'default', address: '10.10.0.2', place: 'pod/default/net', node: { name: 'cp' } });
  t.match(scene.service('service'), {
    name: 'svc',
    address: '10.200.1.20',
    port: 9000,
    targetPort: 80,
    protocol: 'tcp',
    nodePort: undefined,
    chain: /^KUBE-SVC-[A-Z0-9]{16}$/,
    externalChain: /^KUBE-EXT-[A-Z0-9]{16}$/,
  });
  t.match(scene.service('outside'), { namespace: 'other', nodePort: 30_080 });
  const backends = scene.backends('backends');
  t.same(
    backends.map(({ name, address, port, node }) => [name, address, port, node.name]),
    [
      ['web2', '10.10.1.2', 80, 'w1'],
      ['web1', '10.10.2.2', 80, 'w2'],
    ],
    'by address, as kube-proxy orders them; of several ports the first',
  );
  t.ok(backends.every(({ chain }) => /^KUBE-SEP-[A-Z0-9]{16}$/.test(chain)));
  t.same(scene.backends('service'), backends, 'a Service’s role has backends too');
  t.same(scene.backends('nobody'), []);
  t.throws(() => scene.backends('client'), { name: 'UsageError', message: "the role 'client' is not endpoints" });
});

t.test('the chains are those of the real cluster', async (t) => {
  const web = [
    ['KUBE-SEP-TBW2IYJKUCAC7GB3', '10.10.1.2'],
    ['KUBE-SEP-DOIEFYKPESCDTYCH', '10.10.2.2'],
  ];
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  const { start } = store.apply([
    service('svc-clusterip', { selector: { app: 'web' }, ports: [{ name: 'svc-webport', port: 9000, targetPort: 80 }] }),
    pod('a', { app: 'web' }, { nodeName: 'w1' }),
    pod('b', { app: 'web' }, { nodeName: 'w2' }),
  ]);
  for (const one of start) store.setStatus(one, { podIP: store.podAddress(one).ip, hostIP: '', ready: true });
  const real = new Scene({ s: 'svc/svc-clusterip' }, store.objects);
  t.equal(real.service('s').chain, 'KUBE-SVC-KBDEBIL6IU6WL7RF');
  t.same(
    real.backends('s').map(({ chain, address }) => [chain, address]),
    web,
  );
});

t.test('places', async (t) => {
  const places: readonly (readonly [string, readonly string[]])[] = [
    ['client', ['pod/default/net']],
    ['client.node', ['node/cp']],
    ['backends', ['pod/default/web2', 'pod/default/web1']],
    ['backends.nodes', ['node/w1', 'node/w2']],
    ['backends.1', ['pod/default/web1']],
    ['backends.1.node', ['node/w2']],
    ['nodes', ['node/cp', 'node/w1', 'node/w2', 'node/w3']],
    ['other-nodes', ['node/w1', 'node/w2', 'node/w3']],
    ['nobody', []],
  ];
  for (const [expression, expected] of places) t.same(scene.places(expression), expected, expression);
  t.throws(() => scene.places('backends.2'), { name: 'EnvironmentError', message: "'backends.2': there are only 2 ready endpoints" });
  t.throws(() => scene.places('stranger'), { name: 'UsageError', message: "there is no role 'stranger'", hint: /^roles: client, web, / });
});

t.test('templates', async (t) => {
  const value = (path: string, each?: Parameters<Scene['value']>[1]): string => scene.value(path.split('.'), each);
  const [first] = scene.backends('backends');
  const values: readonly (readonly [string, string])[] = [
    ['client.name', 'net'],
    ['client.namespace', 'default'],
    ['client.address', '10.10.0.2'],
    ['client.node', 'cp'],
    ['client.node.name', 'cp'],
    ['client.node.address', '172.18.0.2'],
    ['client.node.gateway', '10.10.0.1'],
    ['service.address', '10.200.1.20'],
    ['service.port', '9000'],
    ['service.targetPort', '80'],
    ['outside.nodePort', '30080'],
    ['service.name', 'svc'],
    ['backends.count', '2'],
    ['backends.1.address', '10.10.2.2'],
    ['backends.0.port', '80'],
    ['backends.0.node.name', 'w1'],
    ['nobody.count', '0'],
  ];
  for (const [path, expected] of values) t.equal(value(path), expected, path);
  t.equal(value('service.chain'), scene.service('service').chain);
  t.equal(value('service.externalChain'), scene.service('service').chain.replace('KUBE-SVC-', 'KUBE-EXT-'));
  t.equal(value('each.address', first), '10.10.1.2');
  for (const nothing of ['service.nodePort', 'client.nonsense', 'each.address', 'backends']) {
    t.throws(() => value(nothing), { name: 'EnvironmentError', message: `$${nothing} stands for nothing in this cluster now` }, nothing);
  }
  t.throws(() => value('backends.7.address'), {
    name: 'EnvironmentError',
    message: '$backends.7.address: there are only 2 ready endpoints',
  });
  t.throws(() => value('stranger.name'), { name: 'UsageError' });
});

t.test('what is not there, or not yet', async (t) => {
  t.throws(() => scene.pod('absent'), { name: 'EnvironmentError', message: 'pod default/gone is not there, or has no address yet' });
  t.throws(() => scene.pod('pending'), { message: 'pod default/pending is not there, or has no address yet' });
  t.throws(() => scene.service('lost'), { message: 'Service default/gone is not there' });
  t.throws(() => scene.pod('service'), { name: 'UsageError', message: "the role 'service' is not a pod" });
  t.throws(() => scene.service('client'), { name: 'UsageError', message: "the role 'client' is not a Service" });
  const headless = new Scene({ s: 'svc/s' }, [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: {} }]);
  t.throws(() => headless.service('s'), { name: 'EnvironmentError', message: 'Service s has no port or no address' });
});

t.test('nodes, what is outside, and this machine', async (t) => {
  t.match(scene.node('worker'), { name: 'w1', address: '172.18.0.3', podCIDR: '10.10.1.0/24' });
  t.same(scene.client('mypc'), { name: 'mypc', address: '172.18.0.6', place: 'client/mypc' });
  t.same(scene.places('worker'), ['node/w1']);
  t.same(scene.places('worker.machine'), ['machine/w1']);
  t.same(
    scene.places('machines'),
    scene.nodes.map(({ name }) => `machine/${name}`),
  );
  t.same(scene.places('mypc'), ['client/mypc']);
  t.same(scene.places('host'), ['local']);
  t.equal(scene.value(['worker', 'podCIDR']), '10.10.1.0/24');
  t.equal(scene.value(['mypc', 'address']), '172.18.0.6');
  t.equal(scene.value(['each', 'address'], scene.node('worker')), '172.18.0.3');
  t.equal(scene.kindOf('mypc'), 'client');
  t.throws(() => scene.node('nowhere'), /node w9 is not there/);
  t.throws(() => scene.client('yours'), /the client yourpc is not there/);
  t.throws(() => scene.node('mypc'), /is not a node/);
  t.throws(() => scene.client('worker'), /is not a client/);
  t.throws(() => scene.backends('worker'), /is not endpoints/);
});

t.test("the cluster's ranges, and each node's gateway", async (t) => {
  const spec = { podSubnet: '10.10.0.0/16', serviceSubnet: '10.200.1.0/24', nodeSubnet: '172.18.0.0/16', gateway: '172.18.0.1' };
  const facts: KubeObject = { apiVersion: 'svclab/v1', kind: 'Cluster', metadata: { name: 'myk8s' }, spec };
  const known = new Scene(roles, [...objects(), facts]);
  t.same(known.cluster, { name: 'myk8s', ...spec });
  t.equal(known.value(['cluster', 'podSubnet']), '10.10.0.0/16');
  t.equal(known.value(['worker', 'gateway']), '10.10.1.1');
  t.equal(known.value(['client', 'node', 'gateway']), '10.10.0.1');
  t.throws(() => scene.cluster, EnvironmentError, 'they were not kept');
});
