import t from 'tap';
import { kubeProxyTransactions } from '../testing/fixtures.js';
import { loadedTable } from './in-words.js';
import { deleteChains, type NftablesBefore, nftablesRules, nftablesStages } from './rules.js';

t.test('kube-proxy v1.31.0 itself writes the same, sync by sync', async (t) => {
  const cases = kubeProxyTransactions();
  t.ok(cases.length >= 60);
  for (const { name, node, options, states, texts } of cases) {
    await t.test(name, async (t) => {
      const nodeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: node.name, labels: node.labels }, spec: {} };
      const ours: string[] = [];
      let existing: NftablesBefore['existing'] = { chains: [], sets: [] };
      for (const [index, state] of states.entries()) {
        const before = states[index - 1];
        const input = { objects: [...state, nodeObject], node, ...options };
        const rules = nftablesRules(input, before === undefined ? {} : { objects: [...before, nodeObject], existing });
        existing = { chains: [...rules.serviceChains, ...rules.staleChains], sets: rules.affinitySets };
        ours.push(rules.text);
        t.same(lines(rules.text), lines(texts[index] ?? ''));
        t.same(loadedTable(ours), loadedTable(texts.slice(0, index + 1)));
      }
    });
  }
});

const service = (name: string, clusterIP: string, spec = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { clusterIP, ports: [{ port: 80 }], ...spec },
});
const slice = (name: string, ...addresses: readonly string[]) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${name}-1`, namespace: 'shop', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ port: 8080 }],
  endpoints: addresses.map((address) => ({ addresses: [address] })),
});
const node = { name: 'node1', ip: '192.168.0.2' };
const clusterCIDR = '10.10.0.0/16';
const one = [service('web', '10.200.1.50'), slice('web', '10.10.1.2', '10.10.2.2')];

t.test('a ClusterIP, read by eye', async (t) => {
  const { services, serviceChains } = nftablesRules({ objects: one, node, clusterCIDR });
  t.matchOnly(serviceChains, [/^endpoint-/, /^endpoint-/, /^service-/]);
  const [first = '', second = '', svc = ''] = serviceChains;
  t.same(
    services.map(({ lines: written }) => written),
    [
      [
        ...serviceChains.flatMap((chain) => [`add chain ip kube-proxy ${chain}`, `flush chain ip kube-proxy ${chain}`]),
        'add element ip kube-proxy cluster-ips { 10.200.1.50 }',
        `add element ip kube-proxy service-ips { 10.200.1.50 . tcp . 80 : goto ${svc} }`,
        `add rule ip kube-proxy ${svc} ip daddr 10.200.1.50 tcp dport 80 ip saddr != 10.10.0.0/16 jump mark-for-masquerade`,
        `add rule ip kube-proxy ${svc} numgen random mod 2 vmap { 0 : goto ${first} , 1 : goto ${second} }`,
        `add rule ip kube-proxy ${first} ip saddr 10.10.1.2 jump mark-for-masquerade`,
        `add rule ip kube-proxy ${first} meta l4proto tcp dnat to 10.10.1.2:8080`,
        `add rule ip kube-proxy ${second} ip saddr 10.10.2.2 jump mark-for-masquerade`,
        `add rule ip kube-proxy ${second} meta l4proto tcp dnat to 10.10.2.2:8080`,
      ],
    ],
  );
});

t.test('a change writes what has changed, and nothing when nothing has', async (t) => {
  const before = { objects: [...one, service('other', '10.200.1.51'), slice('other', '10.10.1.3')] };
  t.equal(nftablesRules({ ...before, node, clusterCIDR }, before).text, '');
  const { text, shared, staleChains } = nftablesRules({ objects: one, node, clusterCIDR }, before);
  t.same(shared, []);
  t.notMatch(text, /shop\/web/);
  t.match(text, /^delete element ip kube-proxy service-ips \{ 10\.200\.1\.51 \. tcp \. 80 \}$/m);
  t.match(staleChains, [/^endpoint-.*-shop\/other/, /^service-.*-shop\/other/]);
  t.same(
    deleteChains(staleChains),
    staleChains.map((chain) => `delete chain ip kube-proxy ${chain}\n`),
  );
});

t.test('with the node’s labels changed, all is written again', async (t) => {
  const labelled = (zone: string) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node1', labels: { 'topology.kubernetes.io/zone': zone } },
    spec: {},
  });
  const { shared, text } = nftablesRules({ objects: [...one, labelled('east')], node }, { objects: [...one, labelled('west')] });
  t.not(shared.length, 0);
  t.notMatch(text, /^delete chain/m, 'base chains are made anew by the first sync alone');
  t.match(text, /^add chain ip kube-proxy service-.*-shop\/web/m);
});

t.test('what another kube-proxy left in the table goes, other names never', async (t) => {
  const chains = ['services', 'service-OLD-shop/gone/tcp/', 'mine'];
  const { leftovers, staleChains } = nftablesRules({ objects: [], node }, { existing: { chains, sets: ['cluster-ips', 'affinity-OLD'] } });
  t.same(leftovers, ['flush chain ip kube-proxy service-OLD-shop/gone/tcp/', 'delete set ip kube-proxy affinity-OLD']);
  t.same(staleChains, ['service-OLD-shop/gone/tcp/']);
});

t.test('in several transactions it is the same', async (t) => {
  const objects = Array.from({ length: 25 }, (_, index) => [
    service(`web-${index}`, `10.200.1.${index + 1}`, { sessionAffinity: 'ClientIP' }),
    slice(`web-${index}`, `10.10.1.${index + 1}`),
  ]).flat();
  const rules = nftablesRules({ objects, node, clusterCIDR });
  const stages = nftablesStages(rules, 10);
  t.same(
    stages.map(({ kind }) => kind),
    ['text', 'text', 'text', 'text'],
  );
  const texts = stages.map((stage) => (stage.kind === 'text' ? stage.pieces.join('') : ''));
  t.equal(texts.join(''), rules.text);
  for (const at of texts.keys()) t.doesNotThrow(() => loadedTable(texts.slice(0, at + 1)));
  t.same(loadedTable(texts), loadedTable([rules.text]));
});

t.test('new Services with nothing but a ClusterIP are said to the kernel, what leads to their chains at the end', async (t) => {
  const plain = [
    service('web', '10.200.1.50'),
    slice('web', '10.10.1.2', '10.10.2.2'),
    service('other', '10.200.1.51'),
    slice('other', '10.10.1.3'),
  ];
  const known = [service('sticky', '10.200.1.52', { sessionAffinity: 'ClientIP' }), slice('sticky', '10.10.1.4')];
  const rules = nftablesRules({ objects: [...plain, ...known], node, clusterCIDR });
  const [shared, text, spoken, ...others] = nftablesStages(rules, 10);
  t.same(others, []);
  t.match(text, { kind: 'text', pieces: [/^add chain ip kube-proxy endpoint-.*-shop\/sticky/] });
  t.match(spoken, { kind: 'spoken' });
  const said = spoken?.kind === 'spoken' ? spoken.lines : [];
  t.match(said.slice(-4).join('\n'), /^(add element ip kube-proxy (cluster|service)-ips .*\n?){4}$/);
  t.notMatch(said.slice(0, -4).join('\n'), /^add element/m);
  const texts = [shared, text].map((stage) => (stage?.kind === 'text' ? stage.pieces.join('') : ''));
  t.same(loadedTable([...texts, `${said.join('\n')}\n`]), loadedTable([rules.text]));
});

t.test('a Service that was there before stays whole in the transaction that empties its chains', async (t) => {
  const before = { objects: [service('web', '10.200.1.50'), slice('web', '10.10.1.2')] };
  const objects = [
    service('web', '10.200.1.50'),
    slice('web', '10.10.1.2', '10.10.2.2'),
    service('new', '10.200.1.51'),
    slice('new', '10.10.1.3'),
  ];
  const [text, spoken] = nftablesStages(nftablesRules({ objects, node }, before), 10);
  t.match(text, { kind: 'text', pieces: [/^flush chain .*-shop\/web.*numgen random mod 2 vmap/ms] });
  t.match(spoken?.kind === 'spoken' ? spoken.lines.join('\n') : '', /^((add|flush) .*shop\/new.*\n|add element .*\n)+/);
  const chains = nftablesRules({ objects, node }).serviceChains;
  const restarted = nftablesStages(nftablesRules({ objects, node }, { existing: { chains, sets: [] } }), 10);
  t.ok(
    restarted.every(({ kind }) => kind === 'text'),
    'also where only its chains are known',
  );
});

t.test('node ports answer on the node’s own address, on those of its ranges, or on all', async (t) => {
  const addresses = (nodePortAddresses?: readonly string[]) => {
    const at = { ...node, addresses: ['127.0.0.1', '192.168.0.2', '10.10.0.1'] };
    const { text } = nftablesRules({ objects: [], node: at, ...(nodePortAddresses === undefined ? {} : { nodePortAddresses }) });
    return [...text.matchAll(/add element ip kube-proxy nodeport-ips \{ (\S+) \}/g)].map(([, address]) => address);
  };
  t.same(addresses(), ['192.168.0.2']);
  t.same(addresses(['10.0.0.0/8', '127.0.0.0/8']), ['10.10.0.1']);
  t.same(addresses(['0.0.0.0/0']), []);
  t.match(nftablesRules({ objects: [], node: { name: 'unknown' } }).text, 'fib daddr type local ip daddr != 127.0.0.0/8');
});

/** Sorted: in kube-proxy's text the Services stand in any order. */
function lines(text: string): readonly string[] {
  return text.split('\n').toSorted();
}
