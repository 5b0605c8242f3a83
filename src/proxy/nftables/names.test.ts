import t from 'tap';
import {
  affinitySet,
  endpointChain,
  externalChain,
  firewallChain,
  isAffinitySet,
  isServiceChain,
  localChain,
  serviceChain,
} from './names.js';

const clusterIP = { namespace: 'default', name: 'svc-clusterip', port: 'svc-webport', protocol: 'TCP' } as const;

t.test('the names that a real cluster shows', async (t) => {
  t.equal(serviceChain(clusterIP), 'service-TBJA4EUE-default/svc-clusterip/tcp/svc-webport');
  t.equal(endpointChain(clusterIP, '10.10.1.5:80'), 'endpoint-MDW3F3C7-default/svc-clusterip/tcp/svc-webport__10.10.1.5/80');
  t.equal(externalChain({ ...clusterIP, name: 'svc-nodeport' }), 'external-M2DVMWBW-default/svc-nodeport/tcp/svc-webport');
  t.equal(
    serviceChain({ namespace: 'kube-system', name: 'kube-dns', port: 'dns', protocol: 'UDP' }),
    'service-FY5PMXPG-kube-system/kube-dns/udp/dns',
  );
});

t.test('one hash, five prefixes', async (t) => {
  t.equal(localChain(clusterIP), 'local-TBJA4EUE-default/svc-clusterip/tcp/svc-webport');
  t.equal(firewallChain(clusterIP), 'firewall-TBJA4EUE-default/svc-clusterip/tcp/svc-webport');
  t.equal(affinitySet(clusterIP, '10.10.1.5:80'), 'affinity-MDW3F3C7-default/svc-clusterip/tcp/svc-webport__10.10.1.5/80');
  t.ok(isServiceChain(serviceChain(clusterIP)) && isAffinitySet(affinitySet(clusterIP, '10.10.1.5:80')));
  t.notOk(['services', 'nat-prerouting', 'mark-for-masquerade'].some(isServiceChain));
  t.notOk(['cluster-ips', 'nodeport-ips'].some(isAffinitySet));
});

t.test('a name that is too long loses its end, and its hash tells it from others', async (t) => {
  const long = { ...clusterIP, name: 's'.repeat(63), namespace: 'n'.repeat(63), port: 'p'.repeat(110) };
  const name = serviceChain(long);
  t.equal(name.length, 'service-'.length + 240);
  t.match(name, /p\.\.\.$/);
  t.not(name, serviceChain({ ...long, port: 'p'.repeat(111) }));
});
