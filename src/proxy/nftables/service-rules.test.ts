import t from 'tap';
import { fixtureText } from '../testing/fixtures.js';
import { parseNftables } from './listing.js';
import { nftPortalChain, nftServiceRules, nftSharedRules } from './service-rules.js';

const json = fixtureText('myk8s-worker.nft.json');
const real = parseNftables(json);
const chain = 'service-TBJA4EUE-default/svc-clusterip/tcp/svc-webport';

t.test('the rules of svc-clusterip on a real node', async (t) => {
  t.equal(nftPortalChain(real, '10.200.1.116', 'TCP', 9000), chain);
  t.equal(nftPortalChain(real, '10.200.1.116', 'UDP', 9000), undefined);
  const rules = nftServiceRules(real, chain);
  t.match(rules.portals, [{ map: 'service-ips', element: { key: '10.200.1.116 . tcp . 9000' } }]);
  t.same(
    rules.cascade.map(({ probability, sticky }) => [probability.toFixed(6), sticky]),
    [
      ['0.333333', false],
      ['0.500000', false],
      ['1.000000', false],
    ],
  );
  t.same(
    rules.endpoints.map(({ destination, dnat }) => [destination, dnat.length]),
    [
      ['10.10.1.5:80', 1],
      ['10.10.2.2:80', 1],
      ['10.10.3.2:80', 1],
    ],
  );
  t.equal(rules.masquerade.length, 4);
  t.same(rules.foreign, []);
});

t.test('a node port leads to its own chain', async (t) => {
  const { portals } = nftServiceRules(real, 'external-M2DVMWBW-default/svc-nodeport/tcp/svc-webport');
  t.match(portals, [{ map: 'service-nodeports', element: { key: 'tcp . 32001' } }]);
});

t.test('the rules that all Services share', async (t) => {
  const shared = nftSharedRules(real);
  for (const part of ['prerouting', 'output', 'postrouting', 'unmarked', 'masquerade'] as const) t.equal(shared[part].length, 1, part);
  t.equal(shared.dispatch.length, 2);
  t.same(
    shared.refusals.map(({ chain }) => chain),
    ['cluster-ips-check', 'cluster-ips-check', 'reject-chain'],
  );
  t.same(shared.refusedPorts, []);
  t.same(shared.foreign, [], 'KIND-MASQ-AGENT is in a table of its own');
});

/** With rules put before the first of their chains, and whatever else is done to the listing. */
function meddled(rules: readonly { readonly chain: string; readonly expr: readonly unknown[] }[], change = (text: string) => text) {
  const listing: { nftables: Record<string, unknown>[] } = JSON.parse(change(json));
  const first = listing.nftables.findIndex((entry) => 'rule' in entry);
  const inTable = { family: 'ip', table: 'kube-proxy', handle: 900 };
  const chains = listing.nftables.filter((entry) => !('rule' in entry));
  const all = listing.nftables.filter((entry) => 'rule' in entry);
  t.ok(first > 0);
  return parseNftables(JSON.stringify({ nftables: [...chains, ...rules.map((rule) => ({ rule: { ...inTable, ...rule } })), ...all] }));
}

const endpoint = 'endpoint-MDW3F3C7-default/svc-clusterip/tcp/svc-webport__10.10.1.5/80';
const meta = { meta: { key: 'mark' } };

t.test('foreign rules are told apart, wherever they were put', async (t) => {
  const ruleset = meddled([
    { chain, expr: [{ goto: { target: endpoint } }] },
    { chain: endpoint, expr: [{ drop: null }] },
    { chain: endpoint, expr: [{ dnat: { addr: '10.9.9.9', port: 80 } }] },
    { chain: endpoint, expr: [{ mangle: { key: meta, value: { '|': [meta, 0x4000] } } }] },
    { chain: 'services', expr: [{ accept: null }] },
    { chain: 'masquerading', expr: [{ return: null }] },
  ]);
  const rules = nftServiceRules(ruleset, chain);
  t.same(
    rules.foreign.map(({ chain: where, spec }) => [where, spec]),
    [
      [chain, `goto ${endpoint}`],
      [endpoint, 'drop'],
    ],
  );
  t.match(rules.endpoints[0], { destination: '10.9.9.9:80', dnat: { length: 2 } });
  t.equal(rules.masquerade.length, 5);
  t.same(
    nftSharedRules(ruleset).foreign.map(({ chain: where, spec }) => `${where} ${spec}`),
    ['services accept', 'masquerading return'],
  );
});

t.test('an unfair draw shows', async (t) => {
  const other = '"endpoint-UZVGPOOC-default/svc-clusterip/tcp/svc-webport__10.10.2.2/80"';
  const ruleset = meddled([], (text) => text.replaceAll(`{"target": ${other}}`, `{"target": "${endpoint}"}`));
  const { cascade } = nftServiceRules(ruleset, chain);
  t.same(
    cascade.map(({ probability }) => probability.toFixed(3)),
    ['0.667', '1.000'],
  );
});

t.test('session affinity: known clients first, and each endpoint remembers', async (t) => {
  const payload = { payload: { protocol: 'ip', field: 'saddr' } };
  const set = '@affinity-MDW3F3C7-default/svc-clusterip/tcp/svc-webport__10.10.1.5/80';
  const ruleset = meddled([
    { chain, expr: [{ match: { op: '==', left: payload, right: set } }, { goto: { target: endpoint } }] },
    { chain: endpoint, expr: [{ set: { op: 'update', elem: payload, set } }] },
  ]);
  const { cascade, endpoints, foreign } = nftServiceRules(ruleset, chain);
  t.same(
    cascade.map(({ sticky }) => sticky),
    [true, false, false, false],
  );
  t.equal(endpoints.length, 3);
  t.same(foreign, []);
});

t.test('a Service without endpoints is refused by an element', async (t) => {
  const key = { elem: { val: { concat: ['10.200.1.9', 'tcp', 80] }, comment: 'default/none' } };
  const map = { family: 'ip', table: 'kube-proxy', name: 'no-endpoint-services', type: ['ipv4_addr', 'inet_proto', 'inet_service'] };
  const table = { family: 'ip', name: 'kube-proxy', handle: 1 };
  const listing = { nftables: [{ table }, { map: { ...map, elem: [[key, { goto: { target: 'reject-chain' } }]] } }] };
  t.match(nftSharedRules(parseNftables(JSON.stringify(listing))).refusedPorts, [
    { map: 'no-endpoint-services', element: { key: '10.200.1.9 . tcp . 80', value: 'goto reject-chain', comment: 'default/none' } },
  ]);
});

t.test('a chain, or a table, that is not there', async (t) => {
  const nothing = { portals: [], cascade: [], endpoints: [], masquerade: [], foreign: [] };
  t.same(nftServiceRules(real, 'service-NOWHERE'), { chain: 'service-NOWHERE', ...nothing });
  t.same(nftServiceRules({ tables: [] }, chain), { chain, ...nothing });
});
