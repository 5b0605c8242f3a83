import t from 'tap';
import type { KubeObject } from '../../core/cluster.js';
import { fixtureText, realNftablesNodes, realNodes, realObjects } from '../../proxy/testing/fixtures.js';
import { otherEvidence, proxyEvidence } from './proxy-evidence.js';

const clusterCIDR = '10.10.0.0/16';

t.test('a real node in iptables mode holds what is wanted of it', async (t) => {
  const evidence = proxyEvidence('iptables');
  for (const name of realNodes) {
    const save = fixtureText(`${name}.iptables-save`);
    const wanted = evidence.wanted(realObjects(), { name, ip: '172.18.0.2' }, clusterCIDR);
    t.match(wanted, /^KUBE-\S+( KUBE-\S+){8,}$/);
    t.equal(evidence.found(save), wanted, name);
    t.ok(evidence.isThere(save));
  }
  const kubelet = '*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-KUBELET-CANARY - [0:0]\n:KUBE-MARK-MASQ - [0:0]\nCOMMIT\n';
  t.notOk(evidence.isThere(kubelet), 'KUBE-MARK-MASQ stays behind');
  t.equal(evidence.found(kubelet), '');
});

t.test('a real node in nftables mode too', async (t) => {
  const evidence = proxyEvidence('nftables');
  for (const node of realNftablesNodes) {
    const json = fixtureText(`${node.name}.nft.json`);
    const wanted = evidence.wanted(realObjects('nftables-objects.yaml'), node, clusterCIDR);
    t.match(wanted, /endpoint-\S+svc-clusterip\S+10\.10\.3\.2\/80 .*external-\S+svc-nodeport.* service-/);
    t.equal(evidence.found(json), wanted, node.name);
    t.ok(evidence.isThere(json));
  }
  t.equal(evidence.found(''), '');
  t.notOk(evidence.isThere(''));
});

t.test('chains that kube-proxy has emptied count no more, clients that it keeps to one pod do', async (t) => {
  const inTable = { family: 'ip', table: 'kube-proxy', handle: 1 };
  const json = JSON.stringify({
    nftables: [
      { table: { family: 'ip', name: 'kube-proxy', handle: 1 } },
      { set: { ...inTable, name: 'cluster-ips', type: 'ipv4_addr' } },
      { set: { ...inTable, name: 'affinity-A-default/web', type: 'ipv4_addr', flags: ['timeout'], timeout: 10_800 } },
      { chain: { ...inTable, name: 'services' } },
      { chain: { ...inTable, name: 'endpoint-OLD-default/web' } },
      { chain: { ...inTable, name: 'endpoint-A-default/web' } },
      { rule: { ...inTable, chain: 'endpoint-A-default/web', expr: [{ drop: null }] } },
    ],
  });
  t.equal(proxyEvidence('nftables').found(json), 'affinity-A-default/web endpoint-A-default/web');
  const sticky = realObjects('nftables-objects.yaml').map((object): KubeObject => {
    const spec = object['spec'];
    return object.kind === 'Service' && typeof spec === 'object' ? { ...object, spec: { ...spec, sessionAffinity: 'ClientIP' } } : object;
  });
  t.match(proxyEvidence('nftables').wanted(sticky, { name: 'myk8s-worker', ip: '172.18.0.4' }, clusterCIDR), /affinity-\S+svc-clusterip/);
});

t.test('the virtual servers of ipvs mode, but for node ports', async (t) => {
  const { found, wanted, isThere } = proxyEvidence('ipvs');
  const rows = ['TCP  0AC80101:01BB rr', '  -> AC120002:192B      Masq    1      0          0', 'TCP  AC120004:7C44 rr'];
  const text = `${rows.join('\n')}\n`;
  t.equal(found(text), '10.200.1.1:443/TCP=172.18.0.2:6443');
  t.ok(isThere(text));
  t.notOk(isThere(''));
  const servers = wanted(realObjects('objects.yaml'), { name: 'myk8s-worker', ip: '172.18.0.4' }, clusterCIDR);
  t.match(servers, /10\.200\.1\.164:9000\/TCP=(10\.10\.\d\.\d+:80,?){3}/);
  t.notMatch(servers, ':31812/');
});

t.test('a mode that it has not', async (t) => {
  t.throws(() => proxyEvidence('userspace'), { message: /no proxy mode userspace/, hint: /iptables, nftables/ });
  t.equal(otherEvidence('iptables').length, 2);
});
