import t from 'tap';
import { nodeRules } from './iptables/node-rules.js';
import { nftablesRules } from './nftables/rules.js';
import { renderRulesFile, rulesModeNames } from './rules-file.js';
import { realNftablesNodes, realObjects } from './testing/fixtures.js';

t.test('the node’s address comes from its Node object', async (t) => {
  const objects = realObjects();
  const file = renderRulesFile({ objects, node: 'myk8s-worker', clusterCIDR: '10.10.0.0/16' });
  t.equal(file, nodeRules({ objects, node: { name: 'myk8s-worker' }, clusterCIDR: '10.10.0.0/16' }));
  t.same(file.match(/^(\*.*|COMMIT)$/gm), ['*mangle', 'COMMIT', '*filter', 'COMMIT', '*nat', 'COMMIT']);
});

t.test('in nftables mode it is kube-proxy’s table', async (t) => {
  const objects = realObjects('nftables-objects.yaml');
  const [, node] = realNftablesNodes;
  if (node === undefined) throw new Error('there are two');
  const text = renderRulesFile({
    objects,
    node: node.name,
    clusterCIDR: '10.10.0.0/16',
    serviceCIDRs: ['10.200.1.0/24'],
    proxyMode: 'nftables',
  });
  t.equal(text, nftablesRules({ objects, node, clusterCIDR: '10.10.0.0/16', serviceCIDRs: ['10.200.1.0/24'] }).text);
});

t.test('a mode that is not known', async (t) => {
  t.throws(() => renderRulesFile({ objects: [], node: 'n', proxyMode: 'ebpf' }), {
    message: /no proxy mode 'ebpf'/,
    hint: `known: ${rulesModeNames.join(', ')}`,
  });
});

t.test('a node that is not there', async (t) => {
  t.throws(() => renderRulesFile({ objects: realObjects(), node: 'nowhere' }), { message: /no node 'nowhere'/, hint: /myk8s-worker2/ });
  t.match(renderRulesFile({ objects: [], node: 'nowhere' }), /KUBE-SERVICES/);
});

t.test('the address decides whether source ranges let the node in', async (t) => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { type: 'LoadBalancer', clusterIP: '10.200.1.50', ports: [{ port: 80 }], loadBalancerSourceRanges: ['172.18.0.0/16'] },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } },
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ port: 80 }],
    endpoints: [{ addresses: ['10.10.1.2'] }],
  };
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n' },
    spec: {},
    status: {
      addresses: [
        { type: 'Hostname', address: 'n' },
        { type: 'InternalIP', address: '172.18.0.9' },
      ],
    },
  };
  const objects = [service, slice, node];
  t.match(renderRulesFile({ objects, node: 'n' }), '-s 203.0.113.7 -j KUBE-EXT-');
  t.notMatch(renderRulesFile({ objects, node: 'n', nodeIP: '10.0.0.1' }), '-s 203.0.113.7 -j KUBE-EXT-');
});

t.test('ipvs mode: a script of four texts, with the scheduler that was asked for', async (t) => {
  const objects = realObjects();
  const script = renderRulesFile({ objects, node: 'myk8s-worker', clusterCIDR: '10.10.0.0/16', proxyMode: 'ipvs', scheduler: 'sh' });
  t.same(script.match(/^\S.* <<'END'$/gm)?.length, 4);
  t.match(script, /^-A -t 10\.200\.1\.164:9000 -s sh$/m);
  t.match(script, /^-A KUBE-SERVICES .*--match-set KUBE-CLUSTER-IP dst,dst ! -s 10\.10\.0\.0\/16 -j KUBE-MARK-MASQ$/m);
  t.throws(() => renderRulesFile({ objects, node: 'myk8s-worker', proxyMode: 'ipvs', scheduler: 'best' }), {
    message: /'best'/,
    hint: /rr, wrr, lc/,
  });
});
