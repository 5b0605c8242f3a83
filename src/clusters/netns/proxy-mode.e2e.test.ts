import t from 'tap';
import type { Cluster } from '../../core/cluster.js';
import { isService } from '../../objects/guards.js';
import { parseRef } from '../../objects/names.js';
import { clusterConfig, clusterIpManifests, never, nodeNames, output, startCluster } from './testing/course-cluster.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const nftablesConfig = { file: 'nftables.yaml', text: clusterConfig.text.replace(/^networking:/m, '$&\n  kubeProxyMode: nftables') };

/** Each node's rules of every table, without counters, handles and the elements that session affinity makes. */
async function rules(cluster: Cluster): Promise<readonly string[]> {
  return Promise.all(nodeNames.map((node) => output(cluster, `node/${node}`, 'nft', '-s', 'list', 'ruleset')));
}

async function answers(cluster: Cluster): Promise<string> {
  const service = (await cluster.objects(never)).filter(isService).find(({ metadata }) => metadata.name === 'svc-clusterip');
  const words = ['sh', '-c', `for i in $(seq 60); do curl -sS http://${service?.spec.clusterIP}:9000 | head -1; done | sort -u`];
  return (await output(cluster, 'pod/default/net-pod', ...words)).trim();
}

async function routeLocalnet(cluster: Cluster): Promise<string> {
  return (await output(cluster, 'node/myk8s-worker', 'cat', '/proc/sys/net/ipv4/conf/all/route_localnet')).trim();
}

const everyPod = 'Hostname: webpod1\nHostname: webpod2\nHostname: webpod3';

t.test('a cluster whose file says nftables', async (t) => {
  const cluster = await startCluster({ config: nftablesConfig });
  t.teardown(async () => cluster[Symbol.asyncDispose]());
  await cluster.apply(clusterIpManifests, never);
  t.equal(await answers(cluster), everyPod);
  const before = await rules(cluster);
  for (const text of before) {
    t.match(text, /table ip kube-proxy \{/);
    t.match(text, 'ip daddr 10.200.1.0/24 drop comment "Drop traffic to unallocated ClusterIPs"');
    t.match(text, /chain KIND-MASQ-AGENT \{/);
    t.match(text, /chain KUBE-FIREWALL \{/);
    t.notMatch(text, /KUBE-SERVICES|KUBE-SVC-/);
  }
  t.equal(await routeLocalnet(cluster), '0');

  await cluster.patch(parseRef('pod/webpod3'), { metadata: { labels: { app: 'other' } } }, never);
  t.equal(await answers(cluster), 'Hostname: webpod1\nHostname: webpod2');
  for (const text of await rules(cluster))
    t.equal(text.match(/chain endpoint-\S*svc-clusterip\S* \{/g)?.length, 2, 'a chain that is no more used goes');
  await cluster.patch(parseRef('pod/webpod3'), { metadata: { labels: { app: 'webpod' } } }, never);
  t.same((await rules(cluster)).map(inOrder), before.map(inOrder));
  await cluster.setProxyMode('iptables', never);
  t.equal(await routeLocalnet(cluster), '1');
  t.equal(await answers(cluster), everyPod);
});

t.test('from mode to mode and back', async (t) => {
  const cluster = await startCluster();
  t.teardown(async () => cluster[Symbol.asyncDispose]());
  await cluster.apply(clusterIpManifests, never);
  const before = await rules(cluster);

  await cluster.setProxyMode('nftables', never);
  for (const text of await rules(cluster)) {
    t.match(text, /chain service-TBJA4EUE-default\/svc-clusterip\/tcp\/svc-webport \{/);
    t.notMatch(text, /KUBE-SERVICES|KUBE-SVC-|KUBE-SEP-|KUBE-POSTROUTING|KUBE-PROXY-FIREWALL/, 'nothing of iptables mode is left');
    t.match(text, /chain KIND-MASQ-AGENT \{/);
  }
  t.equal(await answers(cluster), everyPod);
  const there = await rules(cluster);
  await cluster.setProxyMode('nftables', never);
  t.same(await rules(cluster), there, 'once is enough');

  await cluster.patch(parseRef('pod/webpod3'), { metadata: { labels: { app: 'other' } } }, never);
  t.equal(await answers(cluster), 'Hostname: webpod1\nHostname: webpod2');
  await cluster.patch(parseRef('pod/webpod3'), { metadata: { labels: { app: 'webpod' } } }, never);
  await cluster.setProxyMode('iptables', never);
  t.equal(await answers(cluster), everyPod);
  for (const [index, text] of (await rules(cluster)).entries()) {
    t.notMatch(text, /table ip kube-proxy/);
    t.same(inOrder(text), inOrder(before[index] ?? ''), nodeNames[index] ?? '');
  }
});

t.test('ipvs, where the kernel has it; where not, nothing is changed', async (t) => {
  const cluster = await startCluster();
  t.teardown(async () => cluster[Symbol.asyncDispose]());
  await cluster.apply(clusterIpManifests, never);
  const before = await rules(cluster);
  const refusal: unknown = await cluster.setProxyMode('ipvs', never).then(
    () => undefined,
    (error) => error,
  );
  if (refusal === undefined) {
    t.equal(await answers(cluster), everyPod);
    await cluster.setProxyMode('iptables', never);
    for (const [index, text] of (await rules(cluster)).entries()) t.same(inOrder(text), inOrder(before[index] ?? ''));
    return;
  }
  t.match(refusal, { message: /^proxy mode ipvs: /, hint: /modprobe|apt-get/ });
  t.same(await rules(cluster), before);
  t.equal(await answers(cluster), everyPod);
});

/** The lines of a listing as a set. */
function inOrder(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .toSorted();
}
