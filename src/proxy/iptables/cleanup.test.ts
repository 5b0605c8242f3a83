import t from 'tap';
import { fixtureText } from '../testing/fixtures.js';
import { iptablesCleanup } from './cleanup.js';
import { parseIptablesSave } from './parse.js';

const save = fixtureText('myk8s-worker.iptables-save');

t.test('kube-proxy’s jumps and chains go, those of the kubelet and of others stay', async (t) => {
  const text = iptablesCleanup(parseIptablesSave(save));
  const gone = [...text.matchAll(/^-X (\S+)$/gm)].map(([, chain]) => chain ?? '');
  const services = [...save.matchAll(/^:(KUBE-(?:SVC|SEP|EXT)-\S+)/gm)].map(([, chain]) => chain ?? '');
  t.same(
    gone.toSorted(),
    [
      ...services,
      ...['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING'],
      ...['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FORWARD', 'KUBE-NODEPORTS', 'KUBE-PROXY-FIREWALL'],
    ].toSorted(),
  );
  t.equal(text.match(/^-D /gm)?.length, 12);
  t.notMatch(text, /KUBE-FIREWALL|KIND-MASQ-AGENT|DOCKER|CANARY/);
});

t.test('what is not there is not asked for', async (t) => {
  const without = save.replace(/^.*-A PREROUTING .*KUBE-SERVICES\n/m, '');
  t.notMatch(iptablesCleanup(parseIptablesSave(without)), /-D PREROUTING/);
  t.equal(iptablesCleanup(parseIptablesSave('*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n')), '*nat\nCOMMIT\n*filter\nCOMMIT\n');
});
