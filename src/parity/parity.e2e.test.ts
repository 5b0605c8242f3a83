import t from 'tap';
import { never, nodeNames, output, startCluster } from '../clusters/netns/testing/course-cluster.js';
import { compareSections } from './difference.js';
import { generatedSet } from './generate.js';
import { comparePredicted } from './predicted.js';
import { readCluster } from './reading.js';
import { requestSections } from './requests.js';
import { rolesOf } from './roles.js';

t.setTimeout(120_000);

t.test('generated Services in nftables mode: the table is the predicted one, and one that is broken by hand is not', async (t) => {
  const set = generatedSet(12, 60, nodeNames);
  const cluster = await startCluster();
  t.teardown(() => cluster[Symbol.asyncDispose]());
  await cluster.setProxyMode('nftables', never);
  const services = set.services.map(({ manifest }) => manifest);
  await cluster.apply([...set.pods, ...services.slice(0, 30)], never);
  await cluster.apply(services.slice(30), never);
  const read = () => readCluster(cluster, never, { mode: 'nftables', knowsServiceCIDRs: true });
  t.same(comparePredicted(await read()).differences, []);
  await output(cluster, `node/${nodeNames[0]}`, 'nft', 'flush', 'map', 'ip', 'kube-proxy', 'service-ips');
  const { differences } = comparePredicted(await read());
  t.ok(differences.length > 30);
  t.ok(
    differences.every(
      ({ place, section, only }) => `${place} ${section} ${only}` === `node/${nodeNames[0]} nftables map service-ips predicted`,
    ),
  );
});

t.test('generated Services on the embedded cluster: its rules are the predicted ones, and requests are answered', async (t) => {
  const set = generatedSet(11, 60, nodeNames);
  const cluster = await startCluster();
  t.teardown(() => cluster[Symbol.asyncDispose]());
  // In two parts: the second finds rules that are there, as a sync of kube-proxy does.
  const services = set.services.map(({ manifest }) => manifest);
  await cluster.apply([...set.pods, ...services.slice(0, 30)], never);
  await cluster.apply(services.slice(30), never);
  const reading = await readCluster(cluster, never);
  t.same(comparePredicted(reading).differences, []);

  const roles = rolesOf(reading.objects, reading.podSubnet);
  const ask = () => requestSections(cluster, reading.objects, roles, never);
  const before = await ask();
  t.ok(before.size > 5);
  t.ok(
    [...before.values()].every(
      ([outcome, first = '']) => outcome === 'answered' && first.startsWith("the client's node: pod/default/net-pod "),
    ),
    'each leaves its tuples',
  );
  t.same(compareSections('requests', ['one', 'other'], before, await ask()).differences, [], 'whichever endpoint was drawn');

  const node = `node/${nodeNames[0]}` as const;
  await output(cluster, node, 'iptables', '-t', 'nat', '-I', 'POSTROUTING', '-p', 'tcp', '-j', 'MASQUERADE');
  const masqueraded = compareSections('requests', ['one', 'other'], before, await ask()).differences;
  t.match(masqueraded.map(({ line }) => line).join('\n'), 'node/myk8s-control-plane');
  await output(cluster, node, 'iptables', '-t', 'nat', '-I', 'PREROUTING', '-p', 'tcp', '-j', 'ACCEPT');
  const unanswered = compareSections('requests', ['one', 'other'], before, await askOne()).differences;
  t.match(unanswered.map(({ line }) => line).join('\n'), /no answer: curl ended with (7|28)/);

  /** Of one Service alone: each request that nobody answers takes seconds. */
  async function askOne() {
    const [name = ''] = [...before.keys()];
    const service = /default\/(s\d+)/.exec(name)?.[1] ?? '';
    const objects = reading.objects.filter(({ kind, metadata }) => kind !== 'Service' || metadata.name === service);
    return requestSections(cluster, objects, roles, never);
  }
});
