import t from 'tap';
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
