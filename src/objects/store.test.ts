import t from 'tap';
import { isEndpointSlice, isService } from './guards.js';
import type { Pod } from './kubernetes.js';
import { parseRef } from './names.js';
import { type Changes, ObjectStore } from './store.js';
import { deployment, nodes, pod, service } from './testing/objects.js';

const valid = (): void => {};
const names = (pods: readonly Pod[]): readonly string[] => pods.map(({ metadata }) => metadata.name);

/** Does what the cluster does with changes. */
function start(store: ObjectStore, { start: pods, stop }: Changes): Changes {
  for (const one of pods) store.setStatus(one, { podIP: store.podAddress(one).ip, hostIP: '', ready: true });
  return { start: pods, stop };
}

function endpointsOf(store: ObjectStore, name: string): readonly string[] {
  return store.objects
    .filter(isEndpointSlice)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(({ endpoints }) => (endpoints ?? []).map(({ targetRef }) => targetRef?.name ?? ''));
}

t.test('apply: pods are placed, given addresses, and put behind Services', async (t) => {
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  const changes = start(
    store,
    store.apply([
      service('s', { selector: { app: 'x' } }),
      pod('a', { app: 'x' }, { nodeName: 'w3' }),
      pod('b', { app: 'x' }),
      pod('c'),
      pod('d'),
    ]),
  );
  t.same(
    changes.start.map((one) => [one.metadata.name, one.spec.nodeName]),
    [
      ['a', 'w3'],
      ['b', 'w1'],
      ['c', 'w2'],
      ['d', 'w1'],
    ],
  );
  t.same(
    store.pods.map(({ status }) => status?.podIP),
    ['10.10.3.2', '10.10.1.2', '10.10.2.2', '10.10.1.3'],
  );
  t.same(endpointsOf(store, 's'), ['a', 'b']);
  t.match(store.get(parseRef('svc/s')), { spec: { clusterIP: /^10\.200\.1\.\d+$/, ipFamilies: ['IPv4'] } });
  t.same(store.apply([pod('a', { app: 'x' })]), { start: [], stop: [] }, 'what is there already is left alone');
  t.equal(store.pods[0]?.status?.podIP, '10.10.3.2');
  t.same(store.apply([pod('a', { app: 'y' })]), { start: [], stop: [] });
  t.same(endpointsOf(store, 's'), ['b'], 'labels can change');
  t.same(
    new ObjectStore(nodes.slice(0, 1), '10.200.1.0/24').apply([pod('a')]).start[0]?.spec.nodeName,
    'cp',
    'a control plane alone takes pods',
  );
});

t.test('apply: what cannot be is refused, and then nothing has changed', async (t) => {
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  start(store, store.apply([pod('a'), service('s', { clusterIP: '10.200.1.50' })]));
  const before = JSON.stringify(store.objects);
  const refused = (objects: Parameters<ObjectStore['apply']>[0], message: string | RegExp): void => {
    t.throws(() => store.apply(objects), { name: 'UsageError', message });
    t.equal(JSON.stringify(store.objects), before);
  };
  refused([pod('b'), pod('c', {}, { nodeName: 'nowhere' })], "pod c: there is no node 'nowhere'");
  refused([pod('b'), pod('a', {}, { containers: [{ name: 'c', image: 'other' }] })], 'pod a: the spec of a running pod cannot change');
  refused([pod('a', {}, { nodeName: 'w2' })], 'pod a: the spec of a running pod cannot change');
  refused(
    [service('t', { clusterIP: '10.200.1.51' }), service('u', { clusterIP: '10.200.1.50' })],
    /10\.200\.1\.50 belongs to Service default\/s/,
  );
  refused([service('s', { clusterIP: '10.200.1.60' })], 'Service default/s: clusterIP is 10.200.1.50 and cannot change to 10.200.1.60');
  store.apply([service('v', { clusterIP: '10.200.1.51' })]);
  t.pass('an address that a refused change had is free');
});

t.test('apply: numbers that are asked for come before those that are given', async (t) => {
  const probe = new ObjectStore(nodes, '10.200.1.0/24');
  probe.apply([service('auto', { type: 'NodePort' })]);
  const auto = probe.objects.find(isService);
  const { clusterIP = '', ports = [] } = auto?.spec ?? {};
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  store.apply([
    service('auto', { type: 'NodePort' }),
    service('asks', { type: 'NodePort', clusterIP, ports: [{ port: 80, nodePort: ports[0]?.nodePort ?? 0 }] }),
  ]);
  t.match(store.get(parseRef('svc/asks')), { spec: { clusterIP, ports: [{ nodePort: ports[0]?.nodePort }] } });
  t.not(store.objects.filter(isService).find(({ metadata }) => metadata.name === 'auto')?.spec.clusterIP, clusterIP);
});

t.test('node ports: kept by their port, freed with it, and never two alike in one Service', async (t) => {
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  const portsOf = () => store.objects.filter(isService)[0]?.spec.ports?.map(({ nodePort }) => nodePort) ?? [];
  store.apply([
    service('s', {
      type: 'NodePort',
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    }),
  ]);
  const [first, second] = portsOf();
  t.not(first, second);
  store.apply([
    service('s', {
      type: 'NodePort',
      ports: [
        { name: 'b', port: 81 },
        { name: 'c', port: 82, nodePort: first ?? 0 },
      ],
    }),
  ]);
  t.same(portsOf(), [second, first], 'a port asks for the number that another had');
  const one = new ObjectStore(nodes, '10.200.1.0/24');
  one.apply([
    service('s', {
      type: 'NodePort',
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81, nodePort: first ?? 0 },
      ],
    }),
  ]);
  const given = one.objects.filter(isService)[0]?.spec.ports?.map(({ nodePort }) => nodePort) ?? [];
  t.equal(new Set(given).size, 2, 'the number that the second asks for is not given to the first');
  store.delete(parseRef('svc/s'));
  store.apply([service('other', { type: 'NodePort', ports: [{ port: 80, nodePort: first ?? 0 }] })]);
  t.same(portsOf(), [first]);
  store.apply([service('lb', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' })]);
  t.match(store.get(parseRef('svc/lb')), { spec: { healthCheckNodePort: Number } });
});

t.test('a Service that changes its type', async (t) => {
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  store.apply([service('s', { type: 'NodePort' })]);
  const port = store.objects.filter(isService)[0]?.spec.ports?.[0]?.nodePort ?? 0;
  store.patch(parseRef('svc/s'), { spec: { type: 'ClusterIP' } }, valid);
  t.notOk('nodePort' in (store.objects.filter(isService)[0]?.spec.ports?.[0] ?? {}), 'the node port goes');
  store.apply([service('t', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] })]);
  store.patch(parseRef('svc/s'), { spec: { type: 'ExternalName', externalName: 'example.org' } }, valid);
  t.notOk('clusterIP' in (store.objects.filter(isService)[0]?.spec ?? {}), 'and the address, for ExternalName');
});

t.test('patch and delete', async (t) => {
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  start(store, store.apply([service('s', { selector: { app: 'x' } }), pod('a', { app: 'x' }), pod('b', { app: 'x' })]));
  t.same(store.patch(parseRef('pod/a'), { metadata: { labels: { app: 'y' } } }, valid), { start: [], stop: [] });
  t.same(endpointsOf(store, 's'), ['b']);
  const before = JSON.stringify(store.objects);
  const no = new Error('not valid');
  t.throws(
    () =>
      store.patch(parseRef('pod/a'), { metadata: { labels: { app: 'x' } } }, () => {
        throw no;
      }),
    no,
  );
  t.throws(() => store.patch(parseRef('pod/a'), { kind: 'Service' }, valid), {
    message: 'Pod a: a patch cannot change what the object is',
  });
  t.throws(() => store.patch(parseRef('node/w1'), { spec: { podCIDR: '10.9.0.0/24' } }, valid), { message: /only its labels/ });
  t.equal(JSON.stringify(store.objects), before);
  store.patch(parseRef('node/w1'), { metadata: { labels: { zone: 'z' } }, spec: { taints: [] } }, valid);
  t.match(store.get(parseRef('node/w1')), { metadata: { labels: { zone: 'z' } } });

  t.same(names(store.delete(parseRef('pod/b')).stop), ['b']);
  t.same(endpointsOf(store, 's'), []);
  t.throws(() => store.delete(parseRef('pod/b')), { name: 'UsageError', message: "there is no Pod 'b'" });
  t.throws(() => store.get(parseRef('deploy/x')), { message: "there is no Deployment 'x'" });
  t.throws(() => store.delete(parseRef('node/w1')), { message: /cannot be deleted/ });
  store.delete(parseRef('svc/s'));
  t.same(store.objects.filter(isEndpointSlice), []);
});

t.test('Deployments: pods as many as asked for, new ones for a new template, never an old name', async (t) => {
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  const first = names(start(store, store.apply([deployment('d', 3), service('s', { selector: { app: 'd' } })])).start);
  t.ok(first.every((name) => /^d-[a-z0-9]{10}-[a-z0-9]{5}$/.test(name)));
  t.same(
    store.pods.map(({ spec }) => spec.nodeName),
    ['w1', 'w2', 'w3'],
    'spread',
  );
  t.equal(endpointsOf(store, 's').length, 3);
  t.same(names(start(store, store.patch(parseRef('deploy/d'), { spec: { replicas: 1 } }, valid)).stop), first.slice(1), 'the newest go');
  const again = names(start(store, store.patch(parseRef('deploy/d'), { spec: { replicas: 3 } }, valid)).start);
  t.equal(again.filter((name) => first.includes(name)).length, 0);

  const gone = start(store, store.delete(parseRef(`pod/${again[0]}`)));
  t.same(names(gone.stop), [again[0]]);
  t.equal(gone.start.length, 1, 'a deleted pod is made anew');
  t.notOk([...first, ...again].includes(names(gone.start)[0] ?? ''));

  const held = names(store.pods);
  const rolled = start(store, store.apply([deployment('d', 3, 'mendhak/http-https-echo')]));
  t.same(names(rolled.stop), held);
  t.equal(rolled.start.length, 3);
  t.same(store.apply([deployment('d', 3, 'mendhak/http-https-echo')]), { start: [], stop: [] });
  t.equal(start(store, store.delete(parseRef('deploy/d'))).stop.length, 3);
  t.same(endpointsOf(store, 's'), []);
});

t.test('two Deployments of one name in two namespaces', async (t) => {
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  const other = { ...deployment('d', 2), metadata: { name: 'd', namespace: 'other' } };
  t.equal(start(store, store.apply([deployment('d', 2), other])).start.length, 4);
  t.same(
    start(store, store.delete({ kind: 'Deployment', namespace: 'other', name: 'd' })).stop.map(({ metadata }) => metadata.namespace),
    ['other', 'other'],
  );
});

t.test('a pod that waits for a condition which nobody sets is not Ready, and no endpoint', async (t) => {
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  const waiting = { ...pod('b', { app: 'x' }) };
  const gated = { ...waiting, spec: { ...waiting.spec, readinessGates: [{ conditionType: 'example.org/set-by-nobody' }] } };
  start(store, store.apply([service('s', { selector: { app: 'x' } }), pod('a', { app: 'x' }), gated]));
  const conditions = (name: string) =>
    Object.fromEntries(
      (store.pods.find(({ metadata }) => metadata.name === name)?.status?.conditions ?? []).map(({ type, status }) => [type, status]),
    );
  t.match(conditions('a'), { ContainersReady: 'True', Ready: 'True' });
  t.match(conditions('b'), { ContainersReady: 'True', Ready: 'False' });
  const ready = () =>
    store.objects
      .filter(isEndpointSlice)
      .flatMap(({ endpoints }) => (endpoints ?? []).map(({ conditions: state }) => [state?.ready, state?.serving]));
  t.same(ready(), [
    [true, true],
    [false, false],
  ]);
  store.patch(parseRef('svc/s'), { spec: { publishNotReadyAddresses: true } }, valid);
  t.same(ready(), [
    [true, true],
    [true, false],
  ]);
});

t.test('node ports: one for a number over TCP and UDP, and none for a load balancer that wants none', async (t) => {
  const store = new ObjectStore(nodes, '10.200.1.0/24');
  const both = [
    { name: 'a', port: 53, protocol: 'UDP' as const },
    { name: 'b', port: 53, protocol: 'TCP' as const },
    { name: 'c', port: 54, protocol: 'TCP' as const },
  ];
  store.apply([service('dns', { type: 'NodePort', ports: both })]);
  const portsOf = (name: string) => {
    const found = store.get(parseRef(`svc/${name}`));
    return isService(found) ? (found.spec.ports ?? []).map(({ nodePort }) => nodePort) : [];
  };
  const [udp, tcp, other] = portsOf('dns');
  t.equal(udp, tcp);
  t.not(tcp, other);
  store.apply([
    service('lb', {
      type: 'LoadBalancer',
      allocateLoadBalancerNodePorts: false,
      ports: [{ port: 80 }, { name: 'x', port: 81, nodePort: 31_000 }],
    }),
  ]);
  t.same(portsOf('lb'), [undefined, 31_000]);
});
