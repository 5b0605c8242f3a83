import t from 'tap';
import type { Cluster, ObjectRef } from '../../core/cluster.js';
import { isEndpointSlice, isPod, isService } from '../../objects/guards.js';
import { parseRef } from '../../objects/names.js';
import { clusterIpManifests, echoManifest, never, nodeNames, output, run, startCluster, yaml } from './testing/course-cluster.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

/** Objects change, and with them pods, endpoints and every node's rules; what cannot change stays as it was. */
type TestContext = { readonly teardown: (handler: () => Promise<void>) => void };

const ref = (text: string): ObjectRef => parseRef(text);

async function course(t: TestContext): Promise<Cluster> {
  const cluster = await startCluster();
  t.teardown(async () => cluster[Symbol.asyncDispose]());
  await cluster.apply([...clusterIpManifests, echoManifest], never);
  return cluster;
}

async function endpointsOf(cluster: Cluster, service: string): Promise<readonly string[]> {
  const slices = (await cluster.objects(never))
    .filter(isEndpointSlice)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === service);
  return slices.flatMap((slice) => (slice.endpoints ?? []).map((endpoint) => endpoint.targetRef?.name ?? '')).sort();
}

async function serviceOf(cluster: Cluster, name: string) {
  const service = (await cluster.objects(never)).filter(isService).find(({ metadata }) => metadata.name === name);
  if (service === undefined) throw new Error(`no Service ${name}`);
  return service;
}

/** How many backends of a Service each node's rules know. */
async function backendsInRules(cluster: Cluster, service: string): Promise<readonly number[]> {
  const rules = await Promise.all(nodeNames.map((node) => output(cluster, `node/${node}`, 'iptables-save', '-t', 'nat')));
  return rules.map(
    (text) => text.split('\n').filter((line) => line.includes(`"default/${service}`) && line.includes('--to-destination')).length,
  );
}

/** What the nodes' rules and the objects are, without what no change of objects makes. */
async function state(cluster: Cluster): Promise<string> {
  const rules = await Promise.all(nodeNames.map((node) => output(cluster, `node/${node}`, 'iptables-save')));
  return [JSON.stringify(await cluster.objects(never)), ...rules.map((text) => text.replaceAll(/^#.*$|\[\d+:\d+\]/gm, ''))].join('\n');
}

t.test('a patch: endpoints and rules follow', async (t) => {
  const cluster = await course(t);
  const address = (await serviceOf(cluster, 'svc-clusterip')).spec.clusterIP;
  const answers = async (port: number): Promise<string> =>
    (
      await output(
        cluster,
        'pod/default/net-pod',
        'sh',
        '-c',
        `for i in $(seq 40); do curl -sS http://${address}:${port} | head -1; done | sort -u`,
      )
    ).trim();

  await cluster.patch(ref('pod/webpod3'), { metadata: { labels: { app: 'other' } } }, never);
  t.same(await endpointsOf(cluster, 'svc-clusterip'), ['webpod1', 'webpod2']);
  t.same(await backendsInRules(cluster, 'svc-clusterip'), [2, 2, 2, 2]);
  t.equal(await answers(9000), 'Hostname: webpod1\nHostname: webpod2');
  await cluster.patch(ref('pod/webpod3'), { metadata: { labels: { app: 'webpod' } } }, never);
  t.same(await backendsInRules(cluster, 'svc-clusterip'), [3, 3, 3, 3]);

  await cluster.patch(ref('svc/svc-clusterip'), { spec: { ports: [{ name: 'svc-webport', port: 9001, targetPort: 80 }] } }, never);
  t.equal(await answers(9001), 'Hostname: webpod1\nHostname: webpod2\nHostname: webpod3');
  t.equal(
    (await run(cluster, 'pod/default/net-pod', 'curl', '-sS', '--connect-timeout', '0.5', `http://${address}:9000`)).exitCode,
    28,
    'the old port is nobody’s',
  );
  t.equal((await serviceOf(cluster, 'svc-clusterip')).spec.clusterIP, address, 'the address stays');

  await cluster.patch(ref('node/myk8s-worker3'), { metadata: { labels: { mynode: 'elsewhere', extra: 'x' } } }, never);
  const node = (await cluster.objects(never)).find(({ kind, metadata }) => kind === 'Node' && metadata.name === 'myk8s-worker3');
  t.match(node, { metadata: { labels: { mynode: 'elsewhere', extra: 'x', 'kubernetes.io/hostname': 'myk8s-worker3' } } });
  await cluster.patch(ref('node/myk8s-worker3'), { metadata: { labels: { extra: null } } }, never);

  const nodePort = (await serviceOf(cluster, 'svc-nodeport')).spec.ports?.[0]?.nodePort;
  await cluster.patch(ref('svc/svc-nodeport'), { spec: { type: 'ClusterIP' } }, never);
  t.same(
    Object.keys((await serviceOf(cluster, 'svc-nodeport')).spec.ports?.[0] ?? {}).sort(),
    ['name', 'port', 'protocol', 'targetPort'],
    'the node port goes with the type',
  );
  t.notMatch(await output(cluster, 'node/myk8s-worker', 'iptables-save', '-t', 'nat'), new RegExp(`--dport ${nodePort} `));
});

t.test('a patch that cannot be: a clear error, and nothing has changed', async (t) => {
  const cluster = await course(t);
  const before = await state(cluster);
  const impossible: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    ['svc/svc-clusterip', { spec: { ports: [{ port: 0 }] } }, /Service svc-clusterip, patched:\d+:\d+: /],
    [
      'svc/svc-clusterip',
      { spec: { clusterIP: '10.200.1.99', clusterIPs: ['10.200.1.99'] } },
      /clusterIP is 10\.200\.1\.\d+ and cannot change to 10\.200\.1\.99/,
    ],
    ['svc/svc-nodeport', { spec: { ports: [{ name: 'svc-webport', port: 9000, targetPort: 8080, nodePort: 80 }] } }, /nodePort|30000/],
    ['svc/svc-nodeport', { metadata: { name: 'other' } }, /a patch cannot change what the object is/],
    ['svc/svc-nodeport', { metadata: null }, /a patch cannot change what the object is/],
    ['svc/svc-nodeport', { kind: 'Pod' }, /a patch cannot change what the object is/],
    ['pod/webpod1', { spec: { containers: [{ name: 'container', image: 'nginx' }] } }, /cannot run the image 'nginx'/],
    ['pod/webpod1', { spec: { nodeName: 'myk8s-worker3' } }, /the spec of a running pod cannot change/],
    ['pod/webpod1', { metadata: { labels: { app: 5 } } }, /Pod webpod1, patched:\d+:\d+: /],
    ['pod/webpod1', { metadata: { namespace: 'other' } }, /a patch cannot change what the object is/],
    ['deploy/deploy-echo', { spec: { replicas: -1 } }, /Deployment deploy-echo, patched:\d+:\d+: /],
    [
      'deploy/deploy-echo',
      { spec: { template: { spec: { containers: [{ name: 'c', image: 'nicolaka/netshoot' }] } } } },
      /without a command/,
    ],
    ['deploy/deploy-echo', { spec: { template: { spec: { nodeName: 'nowhere' } } } }, /there is no node 'nowhere'/],
    ['node/myk8s-worker', { spec: { podCIDR: '10.11.0.0/24' } }, /only its labels, annotations and taints can change/],
    ['node/myk8s-worker', { status: null }, /only its labels, annotations and taints can change/],
    ['node/myk8s-worker', { metadata: { labels: { mynode: 7 } } }, /the label mynode is 7, but a label is a text/],
    ['pod/gone', {}, /there is no Pod 'gone'/],
  ];
  for (const [object, patch, message] of impossible) {
    await t.rejects(cluster.patch(ref(object), patch, never), { exitCode: 2, message }, `${object} ${JSON.stringify(patch)}`);
    t.equal(await state(cluster), before, 'nothing has changed');
  }
  await t.rejects(cluster.delete(ref('node/myk8s-worker'), never), { name: 'UsageError', message: /cannot be deleted/ });

  // The second of two Services cannot have its address: the first is not made either, and its address is free again.
  const two = (second: string): string =>
    ['10.200.1.77', second]
      .map((ip, i) => `apiVersion: v1\nkind: Service\nmetadata: { name: s${i} }\nspec: { clusterIP: ${ip}, ports: [{ port: 80 }] }\n`)
      .join('---\n');
  await t.rejects(cluster.apply([yaml(two('10.200.1.10'))], never), {
    exitCode: 2,
    message: /10\.200\.1\.10 belongs to Service kube-system\/kube-dns/,
  });
  t.equal(await state(cluster), before);
  await cluster.apply([yaml(two('10.200.1.78').replaceAll('name: s', 'name: again'))], never);
  t.equal((await serviceOf(cluster, 'again0')).spec.clusterIP, '10.200.1.77');
});

t.test('delete, and apply again', async (t) => {
  const cluster = await course(t);
  for (let round = 0; round < 3; round++) {
    await cluster.delete(ref('pod/webpod1'), never);
    t.same(await endpointsOf(cluster, 'svc-clusterip'), ['webpod2', 'webpod3']);
    t.same(await backendsInRules(cluster, 'svc-clusterip'), [2, 2, 2, 2]);
    t.throws(() => cluster.executor('pod/default/webpod1'), { name: 'UsageError' });
    t.equal((await output(cluster, 'node/myk8s-worker', 'ip', '-o', 'link')).match(/ veth/g)?.length, 1, 'its link is gone at once');
    t.equal((await output(cluster, 'node/myk8s-worker', 'ip', 'route')).match(/ scope host/g)?.length, 1, 'and its route');
    await cluster.apply(clusterIpManifests, never);
    t.same(await endpointsOf(cluster, 'svc-clusterip'), ['webpod1', 'webpod2', 'webpod3']);
    t.match(await output(cluster, 'pod/default/webpod1', 'hostname'), 'webpod1');
  }
  const pod = (await cluster.objects(never)).filter(isPod).find(({ metadata }) => metadata.name === 'webpod1');
  t.match(await output(cluster, 'pod/default/net-pod', 'curl', '-sS', `http://${pod?.status?.podIP}`), /^Hostname: webpod1\n/);
  const before = await state(cluster);
  await cluster.apply([...clusterIpManifests, echoManifest], never);
  t.equal(await state(cluster), before, 'what is there already is not touched');

  await cluster.delete(ref('svc/svc-clusterip'), never);
  t.same(await endpointsOf(cluster, 'svc-clusterip'), []);
  for (const node of nodeNames) t.notMatch(await output(cluster, `node/${node}`, 'iptables-save'), /svc-clusterip|KBDEBIL6IU6WL7RF/);
});

t.test('a Deployment scaled', async (t) => {
  const cluster = await course(t);
  const names = async (): Promise<readonly string[]> =>
    (await cluster.objects(never))
      .filter(isPod)
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.startsWith('deploy-echo'));
  const address = (await serviceOf(cluster, 'svc-nodeport')).spec.clusterIP;
  const url = `http://${address}:9000`;
  const scale = async (replicas: number): Promise<void> => {
    await cluster.patch(ref('deploy/deploy-echo'), { spec: { replicas } }, never);
    t.equal((await names()).length, replicas);
    t.same(
      await backendsInRules(cluster, 'svc-nodeport'),
      nodeNames.map(() => replicas),
    );
  };
  const first = await names();
  await scale(1);
  t.same(await names(), first.slice(0, 1), 'the newest go');
  t.ok((await output(cluster, 'pod/default/net-pod', 'curl', '-sS', url)).includes(first[0] ?? ''));
  await scale(5);
  t.equal((await names()).filter((name) => first.slice(1).includes(name)).length, 0, 'no name is used again');
  for (const name of await names()) t.match(await output(cluster, `pod/default/${name}`, 'hostname'), name);
  await scale(0);
  const place = 'node/myk8s-control-plane';
  t.match(
    await output(cluster, place, 'iptables-save', '-t', 'filter'),
    new RegExp(`-A KUBE-SERVICES -d ${address}/32 -p tcp .*has no endpoints.* -j REJECT`),
  );
  const refused = await run(cluster, 'pod/default/net-pod', 'curl', '-sS', '--connect-timeout', '3', url);
  t.match(refused, { exitCode: 7, stderr: /Connection refused|Couldn't connect/ });
  t.ok(refused.durationMs < 2_000, 'refused, not unanswered');
  await scale(2);
  t.equal((await run(cluster, 'pod/default/net-pod', 'curl', '-sS', url)).exitCode, 0);

  const [one = ''] = await names();
  await cluster.delete(ref(`pod/${one}`), never);
  t.equal((await names()).length, 2, 'a deleted pod is made again');
  t.notOk((await names()).includes(one), 'under another name');
  for (let i = 0; i < 8; i++)
    t.equal((await run(cluster, 'pod/default/net-pod', 'curl', '-sS', '--connect-timeout', '2', url)).exitCode, 0);

  const old = await names();
  await cluster.patch(
    ref('deploy/deploy-echo'),
    {
      spec: {
        template: {
          spec: { containers: [{ name: 'ndks-websrv', image: 'mendhak/http-https-echo', env: [{ name: 'HTTP_PORT', value: '8080' }] }] },
        },
      },
    },
    never,
  );
  t.equal((await names()).filter((name) => old.includes(name)).length, 0, 'another template, other pods');
  t.equal((await run(cluster, 'pod/default/net-pod', 'curl', '-sS', url)).exitCode, 0);
  await cluster.delete(ref('deploy/deploy-echo'), never);
  t.same(await names(), []);
});
