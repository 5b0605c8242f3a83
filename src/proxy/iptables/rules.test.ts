import t from 'tap';
import { inOrder, kubeProxyTexts, realObjects } from '../testing/fixtures.js';
import { loadedChains } from './loaded.js';
import type { IptablesInput } from './options.js';
import { iptablesRules } from './rules.js';

t.test('kube-proxy v1.31.0 itself writes the same, Service feature by Service feature', async (t) => {
  const cases = kubeProxyTexts();
  t.ok(cases.length >= 40);
  for (const { name, node, options, states, texts } of cases) {
    await t.test(name, async (t) => {
      const nodeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: node.name, labels: node.labels }, spec: {} };
      for (const [index, state] of states.entries()) {
        const objects = [...state, nodeObject];
        const before = states[index - 1];
        const rules = iptablesRules(
          { objects, node: { name: node.name, ip: node.ip }, nfacct: true, ...options },
          before === undefined ? {} : { objects: [...before, nodeObject] },
        );
        t.same(lines(rules.text), lines(texts[index] ?? ''));
        t.same(inOrder(loadedChains(rules.text)), inOrder(loadedChains(texts[index] ?? '')));
      }
    });
  }
});

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { clusterIP: '10.200.1.50', ports: [{ port: 80 }] },
};
const slice = (count: number) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ port: 8080 }],
  endpoints: Array.from({ length: count }, (_, index) => ({ addresses: [`10.10.${Math.floor(index / 250)}.${(index % 250) + 1}`] })),
});
const input: IptablesInput = { objects: [service, slice(2)], node: { name: 'node1', ip: '192.168.0.2' }, clusterCIDR: '10.10.0.0/16' };

t.test('a ClusterIP, read by eye', async (t) => {
  const { text, serviceChains } = iptablesRules(input);
  t.matchOnly(serviceChains, [/^KUBE-SVC-/, /^KUBE-SEP-/, /^KUBE-SEP-/]);
  const [svc = '', first = '', second = ''] = serviceChains;
  const rules = loadedChains(text);
  t.same(rules.get(`nat ${svc}`), [
    `-A ${svc} ! -s 10.10.0.0/16 -d 10.200.1.50/32 -p tcp -m comment --comment "shop/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ`,
    `-A ${svc} -m comment --comment "shop/web -> 10.10.0.1:8080" -m statistic --mode random --probability 0.50000000000 -j ${first}`,
    `-A ${svc} -m comment --comment "shop/web -> 10.10.0.2:8080" -j ${second}`,
  ]);
  t.same(rules.get(`nat ${second}`), [
    `-A ${second} -s 10.10.0.2/32 -m comment --comment "shop/web" -j KUBE-MARK-MASQ`,
    `-A ${second} -p tcp -m comment --comment "shop/web" -m tcp -j DNAT --to-destination 10.10.0.2:8080`,
  ]);
});

t.test('what is labelled for another proxy or as headless is left alone', async (t) => {
  for (const label of ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless']) {
    const labelled = { ...service, metadata: { ...service.metadata, labels: { [label]: '' } } };
    t.same(iptablesRules({ ...input, objects: [labelled, slice(2)] }).serviceChains, []);
    const hidden = { ...slice(2), metadata: { ...slice(2).metadata, labels: { 'kubernetes.io/service-name': 'web', [label]: '' } } };
    t.match(iptablesRules({ ...input, objects: [service, hidden] }).text, '"shop/web has no endpoints"');
  }
});

t.test('above 1,000 endpoints their comments are left out, and only theirs', async (t) => {
  const comments = (count: number) => iptablesRules({ ...input, objects: [service, slice(count)] }).text.match(/shop\/web/g)?.length;
  t.equal(comments(1000), 2 + 3 * 1000);
  t.equal(comments(1001), 2);
});

t.test('the probability of the first of n, in the digits of Go', async (t) => {
  const first = (count: number) => /--probability (\S+)/.exec(iptablesRules({ ...input, objects: [service, slice(count)] }).text)?.[1];
  t.equal(first(3), '0.3333333333');
  t.equal(first(7), '0.1428571429');
  t.equal(first(2048), '0.0004882812');
});

t.test('nfacct matches are written on demand only', async (t) => {
  const objects = realObjects();
  const without = iptablesRules({ ...input, objects }).text;
  const counted = iptablesRules({ ...input, objects, nfacct: true }).text;
  t.notMatch(without, /nfacct/);
  t.same(
    lines(counted)
      .filter((line) => !line.includes('-d 127.0.0.0/8 --dport'))
      .map((line) => line.replace(/-m nfacct --nfacct-name \S+ /, '')),
    lines(without),
  );
});

t.test('chains of Services that are gone are emptied and deleted, other chains never', async (t) => {
  const { text } = iptablesRules(input, { existingChains: ['KUBE-SVC-OLD', 'KUBE-SERVICES', 'DOCKER', 'KUBE-SEP-OLD', 'KUBE-FW-OLD'] });
  t.same(
    lines(text).filter((line) => line.startsWith('-X')),
    ['-X KUBE-FW-OLD', '-X KUBE-SEP-OLD', '-X KUBE-SVC-OLD'],
  );
  t.match(text, ':KUBE-SVC-OLD - [0:0]\n');
  t.notMatch(text, /:DOCKER/);
});

t.test('with the node’s labels changed, every Service is written again', async (t) => {
  const node = (zone: string) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node1', labels: { 'topology.kubernetes.io/zone': zone } },
    spec: {},
  });
  const objects = [...input.objects, node('east')];
  t.notMatch(iptablesRules({ ...input, objects }, { objects }).text, /:KUBE-SVC/);
  t.match(iptablesRules({ ...input, objects }, { objects: [...input.objects, node('west')] }).text, /:KUBE-SVC/);
});

t.test('node ports on some of the node’s addresses', async (t) => {
  const node = { name: 'node1', ip: '192.168.0.2', addresses: ['127.0.0.1', '192.168.0.2', '10.10.0.1', '192.168.0.2'] };
  const jumps = (nodePortAddresses: readonly string[], localhostNodePorts = true) =>
    lines(iptablesRules({ ...input, node, nodePortAddresses, localhostNodePorts }).text)
      .filter((line) => line.includes('-j KUBE-NODEPORTS'))
      .map((line) => /-d (\S+)/.exec(line)?.[1]);
  t.same(jumps(['192.168.0.0/16']), ['192.168.0.2']);
  t.same(jumps(['192.168.0.0/16', '127.0.0.0/8']), ['127.0.0.1', '192.168.0.2']);
  t.same(jumps(['192.168.0.0/16', '127.0.0.0/8'], false), ['192.168.0.2']);
});

/** Sorted: in kube-proxy's text the Services stand in any order. */
function lines(text: string): readonly string[] {
  return text.split('\n').toSorted();
}
