import t from 'tap';
import type { Cluster } from '../../../core/cluster.js';
import { isPod, isService } from '../../../objects/guards.js';
import { parseRef } from '../../../objects/names.js';
import { clusterIpManifests, echoManifest, never, nodeNames, output, run, startCluster } from '../testing/course-cluster.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const client = 'pod/default/net-pod';

async function service(cluster: Cluster, name: string) {
  const found = (await cluster.objects(never)).filter(isService).find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`no Service ${name}`);
  return found.spec;
}

/** What pods say of themselves and of whom they take for their client, request by request. */
async function ask(cluster: Cluster, url: string, times: number): Promise<readonly { readonly pod: string; readonly source: string }[]> {
  const bodies = await output(cluster, client, 'curl', '-sS', '-H', 'Connection: close', ...Array<string>(times).fill(url));
  const pods = [...bodies.matchAll(/^Hostname: (\S+)/gm)];
  const sources = [...bodies.matchAll(/^RemoteAddr: (\S+):\d+/gm)];
  return pods.map(([, pod = ''], i) => ({ pod, source: sources[i]?.[1] ?? '' }));
}

async function rules(cluster: Cluster): Promise<readonly string[]> {
  const texts = await Promise.all(nodeNames.map((node) => output(cluster, `node/${node}`, 'iptables-save')));
  return texts.map((text) => text.replaceAll(/^#.*$|\[\d+:\d+\]/gm, ''));
}

t.test('a proxy on the node asks the pods in turn, from the node’s own address', async (t) => {
  const cluster = await startCluster();
  t.teardown(async () => cluster[Symbol.asyncDispose]());
  await cluster.apply([...clusterIpManifests, echoManifest], never);
  const before = await rules(cluster);
  const { clusterIP } = await service(cluster, 'svc-clusterip');
  const url = `http://${clusterIP}:9000/`;
  await cluster.setProxyMode('userspace', never);

  const answers = await ask(cluster, url, 6);
  t.same(new Set(answers.map(({ source }) => source)), new Set(['172.18.0.2']));
  t.same(
    answers.map(({ pod }) => pod),
    [...answers.slice(0, 3), ...answers.slice(0, 3)].map(({ pod }) => pod),
    'round and round',
  );
  t.equal(new Set(answers.map(({ pod }) => pod)).size, 3);
  for (const text of await rules(cluster)) t.notMatch(text, /KUBE-SERVICES|KUBE-SVC-/);

  await t.test('on a node port too, from outside and from the node itself', async (t) => {
    const { ports = [] } = await service(cluster, 'svc-nodeport');
    const nodePort = `http://172.18.0.3:${ports[0]?.nodePort}/`;
    for (const place of ['client/mypc', 'node/myk8s-worker'] as const)
      t.match(JSON.parse(await output(cluster, place, 'curl', '-sS', nodePort)), { os: { hostname: /^deploy-echo-/ } }, place);
  });

  await t.test('endpoints come and go', async (t) => {
    await cluster.patch(parseRef('pod/webpod3'), { metadata: { labels: { app: 'other' } } }, never);
    t.same(new Set((await ask(cluster, url, 4)).map(({ pod }) => pod)), new Set(['webpod1', 'webpod2']));
    await cluster.patch(parseRef('svc/svc-clusterip'), { spec: { sessionAffinity: 'ClientIP' } }, never);
    t.equal(new Set((await ask(cluster, url, 4)).map(({ pod }) => pod)).size, 1, 'a known client stays');
    await cluster.patch(parseRef('svc/svc-clusterip'), { spec: { sessionAffinity: 'None', sessionAffinityConfig: null } }, never);
    await cluster.patch(parseRef('svc/svc-clusterip'), { spec: { selector: { app: 'nobody' } } }, never);
    t.not((await run(cluster, client, 'curl', '-sS', url)).exitCode, 0, 'nobody is left');
    await cluster.patch(parseRef('svc/svc-clusterip'), { spec: { selector: { app: 'webpod' } } }, never);
    await cluster.patch(parseRef('pod/webpod3'), { metadata: { labels: { app: 'webpod' } } }, never);
  });

  await t.test('an endpoint that refuses is passed over', async (t) => {
    const pod = (await cluster.objects(never)).filter(isPod).find(({ metadata }) => metadata.name === 'webpod1');
    const refuse = ['-d', pod?.status?.podIP ?? '', '-p', 'tcp', '--dport', '80', '-j', 'REJECT', '--reject-with', 'tcp-reset'];
    await output(cluster, 'node/myk8s-control-plane', 'iptables', '-w', '-I', 'OUTPUT', ...refuse);
    t.same(new Set((await ask(cluster, url, 6)).map((answer) => answer.pod)), new Set(['webpod2', 'webpod3']));
    await output(cluster, 'node/myk8s-control-plane', 'iptables', '-w', '-D', 'OUTPUT', ...refuse);
  });

  await cluster.setProxyMode('iptables', never);
  t.same((await rules(cluster)).map(inOrder), before.map(inOrder), 'nothing of it is left');
  t.equal(await output(cluster, 'node/myk8s-worker', 'ss', '-Htln'), '', 'nobody listens any more');
});

function inOrder(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .toSorted();
}
