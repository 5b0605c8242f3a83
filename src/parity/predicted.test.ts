import t from 'tap';
import { kubeletRules } from '../proxy/iptables/node-rules.js';
import { fixtureText, realNftablesNodes, realObjects } from '../proxy/testing/fixtures.js';
import { comparePredicted } from './predicted.js';
import type { ClusterReading } from './reading.js';
import { embeddedReading, realReading } from './testing/readings.js';

const embedded = embeddedReading();
const real = realReading(embedded.nodes);
const worker = 'node/myk8s-worker';

function withRules(change: (text: string) => string): ClusterReading {
  return {
    ...real,
    nodes: real.nodes.map((node) => {
      if (`node/${node.node}` !== worker) return node;
      const rules = change(node.rules);
      if (rules === node.rules) throw new Error('the change changes nothing');
      return { ...node, rules };
    }),
  };
}

t.test('what the real kube-proxy wrote is what our functions write, on a published node image and on an embedded node', async (t) => {
  t.same(comparePredicted(real).differences, []);
  t.same(comparePredicted(embedded).differences, []);
});

t.test('what is not predicted is named, also in the rules of Services that the embedded cluster does not have', async (t) => {
  const svc = 'nat KUBE-SVC-KBDEBIL6IU6WL7RF of default/svc-clusterip:svc-webport/tcp';
  const changes: readonly (readonly [change: (text: string) => string, section: string | RegExp, sides: readonly string[]])[] = [
    [
      (text) => text.replace(/.*-A KUBE-SEP-KC2ZJE2J2ZFCZOW4 .* -j KUBE-MARK-MASQ\n/, ''),
      'nat KUBE-SEP-KC2ZJE2J2ZFCZOW4 of default/kubernetes:https/tcp',
      ['predicted'],
    ],
    [(text) => text.replace('--probability 0.33333333349', '--probability 0.25'), svc, ['kind', 'predicted']],
    // The order of endpoints is that of real addresses on both sides.
    [(text) => text.replace(/(.*svc-clusterip:svc-webport -> 10\.10\.1\.2.*\n)(.*\n)/, '$2$1'), svc, ['order']],
    [(text) => text.replace(/.*-A FORWARD .* -j KUBE-FORWARD\n/, ''), 'filter FORWARD', ['predicted']],
    [
      (text) => text.replace(/--nfacct-name {2}ct_state_invalid_dropped_pkts/, '--nfacct-name other'),
      'filter KUBE-FORWARD',
      ['kind', 'predicted'],
    ],
    [
      (text) => text.replace(':KUBE-SEP-KC2ZJE2J2ZFCZOW4', ':KUBE-SEP-AAAAAAAAAAAAAAAA - [0:0]\n:KUBE-SEP-KC2ZJE2J2ZFCZOW4'),
      /AAAA/,
      ['kind'],
    ],
  ];
  for (const [change, section, sides] of changes) {
    const { differences } = comparePredicted(withRules(change));
    t.same([...new Set(differences.map(({ only }) => only))], sides);
    t.matchOnly([...new Set(differences.map((one) => one.section))], [section]);
    t.ok(differences.every(({ place, between }) => place === worker && between.join() === 'kind,predicted'));
  }
});

const nftNode = 'myk8s-worker';

/** A real cluster whose kube-proxy works in nftables mode, with what nft lists on its worker as `change` leaves it. */
function inNftables(change: (json: string) => string): ClusterReading {
  return {
    provider: 'kind',
    podSubnet: '10.10.0.0/16',
    serviceCIDRs: ['10.200.1.0/24'],
    objects: realObjects('nftables-objects.yaml').map((object) =>
      object.kind === 'Node'
        ? { ...object, status: { addresses: [{ type: 'InternalIP', address: addressOf(object.metadata.name) }] } }
        : object,
    ),
    nodes: realNftablesNodes.map(({ name }) => {
      const listed = fixtureText(`${name}.nft.json`);
      const nftables = name === nftNode ? change(listed) : listed;
      return { node: name, addr: '[]', route: '[]', rules: kubeletRules(), nftables, sysctls: '' };
    }),
  };
}

function addressOf(node: string): string {
  return realNftablesNodes.find(({ name }) => name === node)?.ip ?? '172.18.0.9';
}

/** Entries of nft's JSON, changed or left out (`undefined`); others put behind them. */
const entries =
  (each: (text: string) => string | undefined, more: readonly unknown[] = []) =>
  (json: string) => {
    const { nftables } = JSON.parse(json) as { nftables: readonly unknown[] };
    const kept = nftables.flatMap((entry) => each(JSON.stringify(entry)) ?? []).map((text): unknown => JSON.parse(text));
    const changed = JSON.stringify({ nftables: [...kept, ...more] });
    if (changed === JSON.stringify({ nftables })) throw new Error('the change changes nothing');
    return changed;
  };

t.test('in nftables mode it is the table kube-proxy that is predicted', async (t) => {
  const whole = comparePredicted(inNftables((json) => json));
  t.same(whole, { differences: [], met: new Map() });
  const own = { family: 'ip', table: 'kube-proxy' };
  const chain = 'service-AAAAAAAA-default/gone/tcp/p';
  const emptied = { chain: { ...own, name: chain, handle: 900 } };
  const changes: readonly (readonly [change: (json: string) => string, section: RegExp, sides: readonly string[]])[] = [
    [
      entries((text) => (/"chain":"mark-for-masquerade".*"mangle"/.test(text) ? undefined : text)),
      /^nftables chain mark-for-masquerade$/,
      ['predicted'],
    ],
    [
      entries((text) => text.replace('"0x4000"', '"0x2000"').replace(/16384/g, '8192')),
      /^nftables chain (mark-for-masquerade|masquerading)$/,
      ['kind', 'predicted'],
    ],
    [
      entries((text) => (text.startsWith('{"map"') ? text.replace('"target":"service-', '"target":"external-') : text)),
      /^nftables map service-ips$/,
      ['kind', 'predicted'],
    ],
    [
      entries((text) => text, [emptied, { rule: { ...own, chain, handle: 901, expr: [{ drop: null }] } }]),
      /^nftables chain service-AAAAAAAA/,
      ['kind'],
    ],
  ];
  for (const [change, section, sides] of changes) {
    const { differences } = comparePredicted(inNftables(change));
    t.same([...new Set(differences.map(({ only }) => only))].sort(), sides, String(section));
    t.ok(
      differences.length > 0 && differences.every((one) => section.test(one.section)),
      JSON.stringify(differences.map((one) => one.section)),
    );
    t.ok(differences.every(({ place }) => place === worker));
  }
  t.same(
    comparePredicted(inNftables(entries((text) => text, [emptied]))),
    { differences: [], met: new Map([['emptied-chains', 1]]) },
    'only its declaration is left',
  );
  t.throws(() => comparePredicted(inNftables(() => '{"nftables":[]}')), {
    message: 'node/myk8s-worker: nft lists no table ip kube-proxy',
    exitCode: 4,
  });
  t.throws(() => comparePredicted(inNftables(() => 'Killed')), {
    message: /^node\/myk8s-worker: the output of nft cannot be read/,
    exitCode: 4,
  });
});
