import t from 'tap';
import { servicePortName } from '../service-port-name.js';
import { endpointChain, firewallChain, isServiceChain, serviceChain, serviceExternalChain, serviceLocalChain } from './names.js';

const clusterIP = { namespace: 'default', name: 'svc-clusterip', port: 'svc-webport', protocol: 'TCP' } as const;

t.test('the names that a real cluster shows', async (t) => {
  t.equal(servicePortName(clusterIP), 'default/svc-clusterip:svc-webport');
  t.equal(serviceChain(clusterIP), 'KUBE-SVC-KBDEBIL6IU6WL7RF');
  t.equal(endpointChain(clusterIP, '10.10.1.2:80'), 'KUBE-SEP-TBW2IYJKUCAC7GB3');
  t.equal(serviceChain({ namespace: 'kube-system', name: 'kube-dns', port: 'dns', protocol: 'UDP' }), 'KUBE-SVC-TCOU7JCQXEZGVUNU');
  t.equal(
    serviceExternalChain({ namespace: 'default', name: 'svc-nodeport', port: 'svc-webport', protocol: 'TCP' }),
    'KUBE-EXT-VTR7MTHHNMFZ3OFS',
  );
});

t.test('one hash, five prefixes', async (t) => {
  t.equal(serviceLocalChain(clusterIP), 'KUBE-SVL-KBDEBIL6IU6WL7RF');
  t.equal(firewallChain(clusterIP), 'KUBE-FW-KBDEBIL6IU6WL7RF');
  t.ok([serviceChain(clusterIP), 'KUBE-FW-X', 'KUBE-SEP-X'].every(isServiceChain));
  t.notOk(['KUBE-SERVICES', 'KUBE-FIREWALL', 'KUBE-MARK-MASQ', 'DOCKER'].some(isServiceChain));
});

t.test('a port without a name has no colon', async (t) => {
  t.equal(servicePortName({ ...clusterIP, port: '' }), 'default/svc-clusterip');
});
