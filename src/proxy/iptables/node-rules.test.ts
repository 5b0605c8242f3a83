import t from 'tap';
import { fixtureText, inOrder, realNodes, realObjects } from '../testing/fixtures.js';
import { loadedChains } from './loaded.js';
import { nodeRules } from './node-rules.js';
import { parseIptablesSave } from './parse.js';

const isKube = (text: string) => /KUBE-/.test(text) && !/KIND-|DOCKER/.test(text);

t.test('from its objects, each real node’s KUBE chains and the jumps to them', async (t) => {
  const objects = realObjects();
  for (const node of realNodes) {
    const ours = loadedChains(nodeRules({ objects, node: { name: node }, clusterCIDR: '10.10.0.0/16', nfacct: true }));
    const real = new Map(loadedChains(fixtureText(`${node}.iptables-save`)));
    for (const [key, rules] of real) real.set(key, rules.filter(isKube));
    for (const [key, rules] of real) {
      if (!key.includes('KUBE-') && rules.length === 0) real.delete(key);
    }
    t.same(inOrder(ours), inOrder(real), node);
    t.match(ours.get('nat KUBE-SERVICES')?.at(-1), /-j KUBE-NODEPORTS$/);
    t.match(real.get('nat KUBE-SERVICES')?.at(-1), /-j KUBE-NODEPORTS$/);
  }
});

t.test('on a node that has it all, no jump is written again and stale chains go', async (t) => {
  const input = { objects: [], node: { name: 'myk8s-worker' }, clusterCIDR: '10.10.0.0/16' };
  const live = parseIptablesSave(fixtureText('myk8s-worker.iptables-save'));
  const text = nodeRules(input, live);
  t.notMatch(text, /^-I /m);
  const serviceChains = live.tables
    .flatMap(({ chains }) => chains.map(({ name }) => name))
    .filter((name) => /^KUBE-(SVC|SEP|EXT)-/.test(name));
  t.same([...text.matchAll(/^-X (.*)$/gm)].map(([, name]) => name).toSorted(), serviceChains.toSorted());
  t.match(nodeRules(input), /^-I PREROUTING /m);
});

t.test('a jump that someone took out is put back, alone', async (t) => {
  const save = fixtureText('myk8s-worker.iptables-save').replace(/^.*-A PREROUTING .*KUBE-SERVICES\n/m, '');
  const text = nodeRules({ objects: [], node: { name: 'myk8s-worker' } }, parseIptablesSave(save));
  t.same(text.match(/^-I .*$/gm), ['-I PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES']);
});

t.test('without local node ports the kubelet’s rule in KUBE-FIREWALL stays', async (t) => {
  for (const localhostNodePorts of [true, false]) {
    const rules = loadedChains(nodeRules({ objects: [], node: { name: 'node1' }, localhostNodePorts }));
    t.equal(rules.get('filter KUBE-FIREWALL')?.length, 1);
  }
});
