import t, { type Test } from 'tap';
import type { KubeObject } from '../../../core/cluster.js';
import { succeeded } from '../../../core/executor.js';
import type { Holder } from '../../../exec/holder.js';
import { sandboxExecutor } from '../../../exec/sandbox.js';
import { startHolder } from '../../../exec/testing/sandbox.js';
import { listedInWords, writtenInWords } from '../../../proxy/nftables/in-words.js';
import { parseNftables } from '../../../proxy/nftables/listing.js';
import { proxyTable } from '../../../proxy/nftables/model.js';
import { nftablesRules, nftablesStages } from '../../../proxy/nftables/rules.js';
import type { NodeProxy } from '../node-proxy.js';
import { nftablesProxy } from './nftables.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(240_000);

const settings = { node: { name: 'node1', ip: '172.18.0.2' }, clusterCIDR: '10.10.0.0/16' };

/** Services from one number to another, each with one to four endpoints; every hundredth has a node port and session affinity, every hundred-and-first no endpoint. */
function services(from: number, to: number): readonly KubeObject[] {
  return Array.from({ length: to - from }, (_, i) => from + i).flatMap((number) => {
    const name = `web-${number}`;
    const address = `10.200.${Math.floor(number / 250)}.${1 + (number % 250)}`;
    const more = number % 100 === 0 ? { type: 'NodePort', sessionAffinity: 'ClientIP' } : {};
    const ports = [
      { port: 80, protocol: number % 3 === 0 ? 'UDP' : 'TCP', ...(number % 100 === 0 ? { nodePort: 30_000 + number / 100 } : {}) },
    ];
    const endpoints = Array.from({ length: 1 + (number % 4) }, (__, k) => ({ addresses: [`10.10.${k}.${1 + (number % 250)}`] }));
    return [
      { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec: { clusterIP: address, ports, ...more } },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        ports: [{ port: 8080, protocol: ports[0]?.protocol }],
        endpoints: number % 101 === 0 ? [] : endpoints,
      },
    ];
  });
}

async function sandbox(t: Test, ...namespaces: readonly string[]): Promise<Holder> {
  const holder = await startHolder();
  t.teardown(async () => holder[Symbol.asyncDispose]());
  await holder.request({ op: 'namespaces', add: namespaces.map((name) => ({ name, sysctls: {} })) });
  return holder;
}

async function run(holder: Holder, namespace: string, argv: readonly string[], input = ''): Promise<string> {
  const result = await sandboxExecutor(holder, 'local', namespace).run(argv, { input });
  if (!succeeded(result)) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

async function listed(holder: Holder, namespace: string) {
  const table = proxyTable(parseNftables(await run(holder, namespace, ['nft', '-j', 'list', 'ruleset'])));
  if (table === undefined) throw new Error('the table is not there');
  return listedInWords(table);
}

function written(objects: readonly KubeObject[]) {
  return writtenInWords([nftablesRules({ ...settings, objects }).text]);
}

t.test('thousands of Services at once, more of them later, and some that go: the table is as kube-proxy writes it', async (t) => {
  const holder = await sandbox(t, 'node');
  const proxy: NodeProxy = nftablesProxy(holder);
  const first = services(0, 1_200);
  t.ok(nftablesStages(nftablesRules({ ...settings, objects: first }), 1_000).some(({ kind }) => kind === 'spoken'));
  await proxy.install('node', { ...settings, objects: first });
  t.same(await listed(holder, 'node'), written(first));

  // As a kube-proxy that was ended half way through does, when it starts.
  const [, ...again] = nftablesStages(nftablesRules({ ...settings, objects: first }), 1_000);
  for (const stage of again) if (stage.kind === 'spoken') await run(holder, 'node', ['svclab-nft-lines'], stage.lines.join('\n'));
  t.same(await listed(holder, 'node'), written(first), 'said once more');

  const more = services(0, 2_400);
  await proxy.sync('node', { ...settings, objects: more }, first);
  t.same(await listed(holder, 'node'), written(more));

  const fewer = [...services(300, 1_500), ...services(2_350, 2_400)];
  await proxy.sync('node', { ...settings, objects: fewer }, more);
  t.same(await listed(holder, 'node'), written(fewer));
});

t.test('to the kernel, what is said to it is what nft says', async (t) => {
  const holder = await sandbox(t, 'said', 'by-nft');
  const rules = nftablesRules({ ...settings, objects: services(1, 9) });
  const stages = nftablesStages(rules, 1_000);
  t.same(
    stages.map(({ kind }) => kind),
    ['text', 'spoken'],
  );
  for (const stage of stages) {
    if (stage.kind === 'text') await run(holder, 'said', ['nft', '-f', '-'], stage.pieces.join(''));
    else await run(holder, 'said', ['svclab-nft-lines'], stage.lines.join('\n'));
  }
  await run(holder, 'by-nft', ['nft', '-f', '-'], rules.text);
  const [said, byNft] = [await inKernel(holder, 'said'), await inKernel(holder, 'by-nft')];
  t.same(said, byNft);
  t.match(said.rules.join('\n'), /numgen reg 1 = random mod 4 \]\n {2}\[ lookup reg 1 set MAP dreg 0/);
  t.equal(said.elements.filter((element) => element.includes('endpoint-')).length, 20);
});

/** Each rule's expressions, and the elements of all sets, in a fixed order and without the names and numbers that the kernel gives. */
async function inKernel(holder: Holder, namespace: string) {
  const text = await run(holder, namespace, ['nft', '--debug=netlink', 'list', 'table', 'ip', 'kube-proxy']);
  const rules = [...text.matchAll(/^ip kube-proxy (\S+) \d+(?: \d+)?\s*\n((?: {2}\[.*\]\s*\n)+)/gm)];
  const elements = [...text.matchAll(/\telement (.*?) \[end\]/g)];
  return {
    rules: rules
      .map(([, chain, expressions]) => `${chain}\n${expressions?.replaceAll(/(lookup .* set )(__map\d+|\d\S+)/g, '$1MAP')}`)
      .toSorted(),
    elements: elements.map(([, element = '']) => element).toSorted(),
  };
}

t.test('what the kernel refuses is named, and nothing of its transaction is left', async (t) => {
  const holder = await sandbox(t, 'node');
  await run(holder, 'node', ['nft', 'add', 'table', 'ip', 'kube-proxy']);
  const lines = ['add chain ip kube-proxy here', 'add rule ip kube-proxy here numgen random mod 1 vmap { 0 : goto gone }'];
  const say = (text: string) => sandboxExecutor(holder, 'local', 'node').run(['svclab-nft-lines'], { input: text });
  t.match(await say(lines.join('\n')), {
    exitCode: 1,
    stderr: /^the kernel refused 'add rule ip kube-proxy here numgen random mod 1 vmap \{ 0 : goto gone \}': ENOENT\n$/,
  });
  t.notMatch(await run(holder, 'node', ['nft', 'list', 'ruleset']), /chain here/);
  t.match(await say('add rule ip kube-proxy here drop'), { exitCode: 1, stderr: /not one of kube-proxy's lines for a ClusterIP/ });
});
