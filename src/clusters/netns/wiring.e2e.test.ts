import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import type { KubeObject } from '../../core/cluster.js';
import { loadObjectList } from '../../objects/object-list.js';
import { allowedDifferences } from '../../parity/allowed.js';
import { compareReadings } from '../../parity/compare.js';
import { type ClusterReading, readCluster } from '../../parity/reading.js';
import { clusterIpManifests, echoManifest, never, nodeNames, output, root, source, startCluster } from './testing/course-cluster.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const podsSchema = z.array(z.object({ name: z.string(), node: z.string(), address: z.string() }));
const fixture = (file: string): string => readFileSync(join(root, 'src', file), 'utf8');

/** `ip route` as `ip -j route` gives it. */
function routesInJson(text: string): string {
  const routes = text
    .trim()
    .split('\n')
    .map((line) => {
      const [dst = '', ...words] = line.trim().split(' ');
      const names: Record<string, string> = { via: 'gateway', proto: 'protocol', src: 'prefsrc' };
      const pairs = words.flatMap((word, i) => (i % 2 === 0 ? [[names[word] ?? word, words[i + 1]] as const] : []));
      return { dst, ...Object.fromEntries(pairs), flags: [] };
    });
  return JSON.stringify(routes);
}

/** The real cluster of the fixtures. Sysctls were not recorded with it: those of the embedded cluster stand for them. */
function realReading(ours: ClusterReading): ClusterReading {
  const pods = podsSchema.parse(JSON.parse(fixture('clusters/netns/fixtures/nodes/pods.json'))).map(
    ({ name, node, address }): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: name.startsWith('coredns') ? 'kube-system' : 'default', ...generated(name) },
      spec: { nodeName: node, containers: [] },
      status: { podIP: address },
    }),
  );
  return {
    provider: 'kind',
    podSubnet: ours.podSubnet,
    objects: [...loadObjectList(source('src/proxy/fixtures/objects.yaml')), ...pods],
    nodes: nodeNames.map((node) => ({
      node,
      addr: fixture(`clusters/netns/fixtures/nodes/${node}.addr.json`),
      route: routesInJson(fixture(`clusters/netns/fixtures/nodes/${node}.route`)),
      rules: fixture(`proxy/fixtures/${node}.iptables-save`),
      sysctls: ours.nodes.find((one) => one.node === node)?.sysctls ?? '',
    })),
  };
}

function generated(name: string): object {
  return /-[a-z0-9]{6,10}-[a-z0-9]{5}$/.test(name) ? { ownerReferences: [{ kind: 'ReplicaSet' }] } : {};
}

t.test('every node shows what a real one shows: links, addresses, routes, rules', async (t) => {
  const cluster = await startCluster();
  t.teardown(() => cluster[Symbol.asyncDispose]());
  await cluster.apply([...clusterIpManifests, echoManifest], never);
  const ours = await readCluster(cluster, never);
  const { differences, met } = compareReadings(realReading(ours), ours);
  t.same(differences, []);
  t.same(
    allowedDifferences.filter(({ id }) => !met.has(id)).map(({ id }) => id),
    [],
    'every difference that is allowed is there',
  );

  // The comparison sees what changes, or it would prove nothing.
  const node = 'node/myk8s-worker';
  await output(cluster, node, 'ip', 'link', 'set', 'eth0', 'mtu', '1400');
  await output(cluster, node, 'ip', 'route', 'add', '10.10.9.0/24', 'via', '172.18.0.4');
  await output(cluster, node, 'iptables', '-A', 'FORWARD', '-j', 'ACCEPT');
  const changed = compareReadings(ours, await readCluster(cluster, never)).differences;
  t.same(
    [...new Set(changed.map(({ place, section }) => `${place} ${section}`))],
    [`${node} filter FORWARD`, `${node} link eth0`, `${node} routes`],
  );
});

t.test('the outside client and the pods have the links and routes that they should', async (t) => {
  const cluster = await startCluster();
  t.teardown(() => cluster[Symbol.asyncDispose]());
  await cluster.apply(clusterIpManifests, never);
  t.same((await output(cluster, 'client/mypc', 'ip', 'route')).trim().split(/ *\n/), [
    'default via 172.18.0.1 dev eth0',
    '172.18.0.0/16 dev eth0 proto kernel scope link src 172.18.0.6',
  ]);
  // As the CNI plugin ptp leaves a pod: its own range too goes through the gateway.
  t.same((await output(cluster, 'pod/default/net-pod', 'ip', 'route')).trim().split(/ *\n/), [
    'default via 10.10.0.1 dev eth0',
    '10.10.0.0/24 via 10.10.0.1 dev eth0 src 10.10.0.2',
    '10.10.0.1 dev eth0 scope link src 10.10.0.2',
  ]);
  const [pod] = z
    .array(z.looseObject({}))
    .parse(JSON.parse(await output(cluster, 'pod/default/net-pod', 'ip', '-j', 'addr', 'show', 'eth0')));
  t.match(pod, {
    ifindex: 2,
    mtu: 1500,
    operstate: 'UP',
    addr_info: [{ local: '10.10.0.2', prefixlen: 24, broadcast: '10.10.0.255', scope: 'global' }],
  });
});
