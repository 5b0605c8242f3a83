import t from 'tap';
import type { KubeObject } from '../../core/cluster.js';
import { nodeAddresses, rulesInput, unready } from './settled.js';

const node = { name: 'myk8s-worker', ip: '172.18.0.3' };
const labels = { app: 'webpod' };

function pod(name: string, ip: string, ready = true): KubeObject {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels },
    spec: { nodeName: node.name, containers: [] },
    status: { podIP: ip, conditions },
  };
}

function slice(addresses: readonly string[]): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-x', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: 80 }],
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true, serving: true, terminating: false } })),
  };
}

function leaving(address: string): KubeObject {
  const endpoints = [{ addresses: [address], conditions: { ready: false, serving: true, terminating: true } }];
  return { ...slice([]), endpoints };
}

const service: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.200.1.10',
    clusterIPs: ['10.200.1.10'],
    selector: labels,
    ports: [{ protocol: 'TCP', port: 9000, targetPort: 80 }],
  },
};

const deployment = (ready: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'echo', namespace: 'default' },
  spec: { replicas: 2, selector: { matchLabels: {} }, template: { metadata: {}, spec: { containers: [] } } },
  status: { readyReplicas: ready },
});

t.test('a pod that does not become Ready is named with the word of the kubelet', (t) => {
  const crashing = pod('kube-proxy', '172.18.0.3', false);
  const status = { containerStatuses: [{ state: { running: {} } }, { state: { waiting: { reason: 'CrashLoopBackOff' } } }] };
  t.equal(unready([crashing]), 'pod kube-proxy is not Ready');
  t.equal(unready([{ ...crashing, status }]), 'pod kube-proxy is not Ready (CrashLoopBackOff)');
  t.end();
});

t.test('what is not ready is said', async (t) => {
  const pods = [pod('a', '10.10.1.2'), pod('b', '10.10.1.3')];
  t.equal(unready([...pods, service, slice(['10.10.1.3', '10.10.1.2'])]), undefined);
  t.equal(unready([pod('a', '10.10.1.2', false)]), 'pod a is not Ready');
  const gated = (containersReady: string): KubeObject => {
    const waiting = pod('a', '10.10.1.2', false);
    const conditions = [
      { type: 'Ready', status: 'False' },
      { type: 'ContainersReady', status: containersReady },
    ];
    return {
      ...waiting,
      spec: { nodeName: node.name, containers: [], readinessGates: [{ conditionType: 'example.org/set-by-nobody' }] },
      status: { podIP: '10.10.1.2', conditions },
    };
  };
  t.equal(unready([gated('True')]), undefined, 'nobody would ever set its condition');
  t.equal(unready([gated('False')]), 'pod a is not Ready');
  t.match(
    unready([...pods, service, slice(['10.10.1.2'])]),
    /EndpointSlices of web hold 10\.10\.1\.2:80, and should hold 10\.10\.1\.2:80 10\.10\.1\.3:80/,
  );
  t.match(unready([...pods, service]), /hold nothing/);
  t.match(
    unready([...pods, service, slice(['10.10.1.2', '10.10.1.3']), leaving('10.10.1.4')]),
    /hold .*10\.10\.1\.4:80 \(not ready\), and should hold 10\.10\.1\.2:80 10\.10\.1\.3:80$/,
    'an endpoint that is ending will go, and kube-proxy sync once more',
  );
  t.equal(unready([deployment(1)]), 'deployment echo has 1 ready pods');
  t.equal(unready([deployment(2)]), undefined);
  const ending = { ...pod('a', '10.10.1.2'), metadata: { name: 'a', namespace: 'default', deletionTimestamp: '2024-01-01T00:00:00Z' } };
  t.equal(unready([ending]), 'pod a is still ending');
});

t.test('nodes with their addresses', async (t) => {
  const object = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n' },
    spec: {},
    status: { addresses: [{ type: 'InternalIP', address: '172.18.0.9' }] },
  };
  t.same(nodeAddresses([object]), [{ name: 'n', ip: '172.18.0.9' }]);
});

t.test(
  'what rules are written from differs when a Service, an EndpointSlice or a node’s label does, and not by what kubelets report',
  async (t) => {
    const at = (object: KubeObject, resourceVersion: string, more = {}): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, resourceVersion, ...more },
    });
    const node1: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels: { zone: 'a' } }, spec: {} };
    const before = rulesInput([at(node1, '1'), at(service, '2'), at(slice(['10.10.1.2']), '3'), at(pod('a', '10.10.1.2'), '4')]);
    const same = [at(pod('a', '10.10.1.2'), '14'), at(slice(['10.10.1.2']), '3'), at(node1, '11'), at(service, '2')];
    t.equal(rulesInput(same), before, 'in any order');
    for (const [index, object] of [
      [3, at(service, '5')],
      [1, at(slice(['10.10.1.2']), '6')],
      [2, at(node1, '11', { labels: { zone: 'b' } })],
      [1, pod('b', '10.10.1.3')],
    ] as const)
      t.not(rulesInput(same.with(index, object)), before, object.kind);
  },
);
