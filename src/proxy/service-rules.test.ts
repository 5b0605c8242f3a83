import t from 'tap';
import type { KubeObject } from '../core/cluster.js';
import { serviceChain } from './iptables/names.js';
import { parseIptablesSave } from './iptables/parse.js';
import { iptablesRules } from './iptables/rules.js';
import { targetOf } from './rule-parts.js';
import { externalChainOf, externalRules, serviceRules, sharedRules } from './service-rules.js';
import { fixtureText } from './testing/fixtures.js';

const text = fixtureText('myk8s-control-plane.iptables-save');
const chain = 'KUBE-SVC-KBDEBIL6IU6WL7RF';

t.test('the rules of svc-clusterip on a real node', async (t) => {
  const rules = serviceRules(parseIptablesSave(text), chain);
  t.match(rules.portals, [{ chain: 'KUBE-SERVICES', counters: { packets: 88 } }]);
  t.same(
    rules.cascade.map(({ endpointChain, probability, sticky }) => [endpointChain, probability, sticky]),
    [
      ['KUBE-SEP-TBW2IYJKUCAC7GB3', 0.33333333349, false],
      ['KUBE-SEP-DOIEFYKPESCDTYCH', 0.5, false],
      ['KUBE-SEP-2TLZC6QOUTI37HEJ', 1, false],
    ],
  );
  t.same(
    rules.endpoints.map(({ destination, dnat }) => [destination, dnat.length, dnat[0]?.counters?.packets]),
    [
      ['10.10.1.2:80', 1, 34],
      ['10.10.2.2:80', 1, 29],
      ['10.10.3.2:80', 1, 25],
    ],
  );
  t.equal(rules.masquerade.length, 4);
  t.same(rules.foreign, []);
});

t.test('the rules that all Services share', async (t) => {
  const shared = sharedRules(parseIptablesSave(text));
  t.match(shared.prerouting, [{ chain: 'PREROUTING', counters: { packets: 163 } }]);
  t.match(shared.output, [{ chain: 'OUTPUT' }]);
  t.match(shared.postrouting, [{ chain: 'POSTROUTING' }]);
  t.match(shared.unmarked, [{ chain: 'KUBE-POSTROUTING', counters: { packets: 258 } }]);
  t.match(shared.masquerade, [{ chain: 'KUBE-POSTROUTING' }]);
  t.match(shared.forward, [{ counters: { packets: 1000 } }]);
  t.match(shared.forwardServices, [{ counters: { packets: 100 } }]);
  t.same(
    shared.refusals.map((rule) => rule.chain),
    ['KUBE-FIREWALL', 'KUBE-FORWARD'],
  );
  t.same(
    shared.foreign.map((rule) => `${rule.chain} ${targetOf(rule)}`),
    ['PREROUTING DOCKER_OUTPUT', 'OUTPUT DOCKER_OUTPUT', 'POSTROUTING DOCKER_POSTROUTING', 'POSTROUTING KIND-MASQ-AGENT'],
  );
});

t.test("a node port's own rules on a real node, and the jump for the node's own addresses", async (t) => {
  const real = parseIptablesSave(text);
  const nodeChain = 'KUBE-SVC-VTR7MTHHNMFZ3OFS';
  const port = Number(/--dport (3\d{4}) /.exec(text)?.[1]);
  const rules = externalRules(real, nodeChain, port);
  t.equal(rules.chain, 'KUBE-EXT-VTR7MTHHNMFZ3OFS');
  t.ok(rules.nodePorts.length > 0, 'where the kernel has nfacct, those to 127.0.0.0/8 are counted apart');
  t.match(rules.marks, [{ chain: rules.chain, spec: /-j KUBE-MARK-MASQ$/ }]);
  t.match(rules.onwards, [{ chain: rules.chain, spec: `-j ${nodeChain}` }]);
  t.same(rules.refusals, []);
  t.match(sharedRules(real).nodePorts, [{ chain: 'KUBE-SERVICES', spec: /--dst-type LOCAL -j KUBE-NODEPORTS$/ }]);
  const later = `${text.replace(/^(.*--dst-type LOCAL -j KUBE-NODEPORTS)$/m, '$1\n[0:0] -A KUBE-SERVICES -p udp -j RETURN')}`;
  t.same(sharedRules(parseIptablesSave(later)).nodePorts, [], 'it is not the last');
  t.same(externalRules(real, 'KUBE-SVC-NOWHERE', undefined), {
    chain: externalChainOf('KUBE-SVC-NOWHERE'),
    nodePorts: [],
    marks: [],
    onwards: [],
    refusals: [],
  });
});

t.test('with policy Local, only what is for any packet counts, and a node without endpoints refuses', async (t) => {
  const at = (name: string) => {
    const service: KubeObject = {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' } },
      spec: {
        type: 'NodePort',
        clusterIP: '10.200.1.9',
        externalTrafficPolicy: 'Local',
        ports: [{ port: 80, targetPort: 80, nodePort: 30080 }],
      },
    };
    const slice: KubeObject = {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: { name: 'web-a', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: [{ addresses: ['10.10.1.2'], conditions: { ready: true }, nodeName: 'one' }],
      ports: [{ name: '', protocol: 'TCP', port: 80 }],
    };
    const written = iptablesRules({ objects: [service, slice], node: { name, ip: '172.18.0.3' }, clusterCIDR: '10.10.0.0/16' });
    const chain = serviceChain({ namespace: 'default', name: 'web', port: '', protocol: 'TCP' });
    return externalRules(parseIptablesSave(savedText(written.tables)), chain, 30080);
  };
  const withPod = at('one');
  t.equal(withPod.nodePorts.length, 1);
  t.same(withPod.marks, [], "only the node's own are marked");
  t.match(withPod.onwards, [{ spec: /^-j KUBE-SVL-/ }]);
  t.same(withPod.refusals, []);
  const without = at('two');
  t.equal(without.nodePorts.length, 1);
  t.same(without.onwards, []);
  t.match(without.refusals, [{ chain: 'KUBE-EXTERNAL-SERVICES', spec: /has no local endpoints.*-j DROP$/ }]);
});

t.test('foreign rules are told apart, wherever they were put', async (t) => {
  const meddled = insertBefore(
    text,
    [`-A ${chain} `, `-A ${chain} -j RETURN`],
    [`-A ${chain} `, `-A ${chain} -m statistic --mode random --probability 0.9 -j KUBE-SEP-TBW2IYJKUCAC7GB3`],
    ['-A KUBE-SEP-TBW2IYJKUCAC7GB3 ', '-A KUBE-SEP-TBW2IYJKUCAC7GB3 -p udp -j DROP'],
    ['-A KUBE-SEP-DOIEFYKPESCDTYCH ', '-A KUBE-SEP-DOIEFYKPESCDTYCH -p tcp -j DNAT --to-destination 10.9.9.9:80'],
    ['-A PREROUTING ', '-A PREROUTING -p tcp -m tcp --dport 9000 -j DNAT --to-destination 10.9.9.9:80'],
    ['-A KUBE-SERVICES ', '-A KUBE-SERVICES -d 10.200.1.164/32 -j ACCEPT'],
    ['-A KUBE-POSTROUTING ', '-A KUBE-POSTROUTING -j ACCEPT'],
    ['-A FORWARD ', '-A FORWARD -p tcp -j REJECT'],
  );
  const rules = serviceRules(meddled, chain);
  t.same(
    rules.foreign.map((rule) => `${rule.chain} ${rule.spec}`),
    [`${chain} -j RETURN`, 'KUBE-SEP-TBW2IYJKUCAC7GB3 -p udp -j DROP'],
  );
  t.same(
    rules.cascade.map(({ probability }) => probability),
    [0.9, 0.33333333349, 0.5, 1],
  );
  t.equal(rules.endpoints.length, 3);
  t.match(
    rules.endpoints.find(({ chain }) => chain === 'KUBE-SEP-DOIEFYKPESCDTYCH'),
    { destination: '10.9.9.9:80', dnat: { length: 2 } },
  );
  const shared = sharedRules(meddled);
  t.match(shared.foreign, [
    { chain: 'PREROUTING', spec: /10.9.9.9/ },
    {},
    {},
    {},
    {},
    { chain: 'KUBE-SERVICES' },
    { chain: 'KUBE-POSTROUTING' },
  ]);
  t.equal(shared.refusals.length, 4, 'a DROP of any table is one');
});

t.test('session affinity’s jumps are told apart', async (t) => {
  const save = [
    '*nat',
    ':KUBE-SEP-A - [0:0]',
    ':KUBE-SVC-A - [0:0]',
    '-A KUBE-SEP-A -p tcp -m recent --set --name KUBE-SEP-A --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.10.1.2:80',
    '-A KUBE-SVC-A -m recent --rcheck --seconds 600 --reap --name KUBE-SEP-A --mask 255.255.255.255 --rsource -j KUBE-SEP-A',
    '-A KUBE-SVC-A -j KUBE-SEP-A',
    'COMMIT',
    '',
  ].join('\n');
  const { cascade, endpoints, foreign } = serviceRules(parseIptablesSave(save), 'KUBE-SVC-A');
  t.same(
    cascade.map(({ sticky }) => sticky),
    [true, false],
  );
  t.same(
    cascade.map(({ remembered }) => remembered),
    [{ list: 'KUBE-SEP-A', seconds: 600, reap: true }, undefined],
  );
  t.equal(endpoints.length, 1);
  t.equal(endpoints[0]?.remembersIn, 'KUBE-SEP-A');
  const forgetful = save.replace('-m recent --set --name KUBE-SEP-A --mask 255.255.255.255 --rsource', '').replace(' --reap', '');
  const other = serviceRules(parseIptablesSave(forgetful), 'KUBE-SVC-A');
  t.equal(other.endpoints[0]?.remembersIn, undefined);
  t.equal(other.cascade[0]?.remembered?.reap, false);
  t.same(foreign, []);
});

t.test('a chain that is not there', async (t) => {
  t.same(serviceRules(parseIptablesSave(text), 'KUBE-SVC-NOWHERE'), {
    chain: 'KUBE-SVC-NOWHERE',
    portals: [],
    cascade: [],
    endpoints: [],
    masquerade: [],
    foreign: [],
  });
});

/** As `iptables-save` would show what was written. */
function savedText(
  tables: readonly { readonly table: string; readonly chains: readonly string[]; readonly rules: readonly string[] }[],
): string {
  return tables
    .flatMap(({ table, chains, rules }) => [`*${table}`, ...chains.map((chain) => `:${chain} - [0:0]`), ...rules, 'COMMIT'])
    .map((line) => `${line}\n`)
    .join('');
}

/** Puts each rule before the first one whose line has the given start. */
function insertBefore(save: string, ...rules: readonly (readonly [string, string])[]) {
  const lines = save.split('\n');
  for (const [start, rule] of rules)
    lines.splice(
      lines.findIndex((line) => line.includes(start)),
      0,
      rule,
    );
  return parseIptablesSave(lines.join('\n'));
}
