import t from 'tap';
import { z } from 'zod';
import { allowedDifferences } from '../../parity/allowed.js';
import { compareReadings } from '../../parity/compare.js';
import { readCluster } from '../../parity/reading.js';
import { realReading } from '../../parity/testing/readings.js';
import { clusterIpManifests, echoManifest, never, output, startCluster } from './testing/course-cluster.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

t.test('every node shows what a real one shows: links, addresses, routes, rules', async (t) => {
  const cluster = await startCluster();
  t.teardown(() => cluster[Symbol.asyncDispose]());
  await cluster.apply([...clusterIpManifests, echoManifest], never);
  const ours = await readCluster(cluster, never);
  const { differences, met } = compareReadings(realReading(ours.nodes), ours);
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
