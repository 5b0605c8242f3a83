import t from 'tap';
import { realObjects } from '../testing/fixtures.js';
import { proxiedPorts, RoundRobin } from './balancer.js';
import { userspaceRules } from './rules.js';

t.test('connections are handed to the node’s own proxy', async (t) => {
  const objects = realObjects();
  const [nat, filter] = userspaceRules({
    objects,
    nodeIP: '172.18.0.3',
    proxyPorts: new Map([
      ['default/svc-clusterip:svc-webport/TCP', 40_001],
      ['default/svc-nodeport:svc-webport/TCP', 40_002],
    ]),
  });
  const to = (name: string, port: number, address?: string) =>
    `-m comment --comment default/${name}:svc-webport -p tcp -m tcp --dport ${port}${address === undefined ? '' : ` -d ${address}`}`;
  t.same(nat?.rules, [
    `-A KUBE-PORTALS-CONTAINER ${to('svc-clusterip', 9000, '10.200.1.164')} -j REDIRECT --to-ports 40001`,
    `-A KUBE-PORTALS-HOST ${to('svc-clusterip', 9000, '10.200.1.164')} -j DNAT --to-destination 172.18.0.3:40001`,
    `-A KUBE-PORTALS-CONTAINER ${to('svc-nodeport', 9000, '10.200.1.87')} -j REDIRECT --to-ports 40002`,
    `-A KUBE-PORTALS-HOST ${to('svc-nodeport', 9000, '10.200.1.87')} -j DNAT --to-destination 172.18.0.3:40002`,
    `-A KUBE-NODEPORT-CONTAINER ${to('svc-nodeport', 31812)} -j REDIRECT --to-ports 40002`,
    `-A KUBE-NODEPORT-HOST ${to('svc-nodeport', 31812)} -j DNAT --to-destination 172.18.0.3:40002`,
  ]);
  t.same(filter?.rules, [`-A KUBE-NODEPORT-NON-LOCAL ${to('svc-nodeport', 40_002)} -m state --state NEW -j ACCEPT`]);
});

t.test('TCP ports with their ready endpoints are served', async (t) => {
  const ports = proxiedPorts(realObjects());
  t.same(
    ports.map(({ id }) => id),
    [
      'default/kubernetes:https/TCP',
      'default/svc-clusterip:svc-webport/TCP',
      'default/svc-nodeport:svc-webport/TCP',
      'kube-system/kube-dns:dns-tcp/TCP',
      'kube-system/kube-dns:metrics/TCP',
    ],
  );
  t.equal(ports.find(({ id }) => id.includes('svc-clusterip'))?.endpoints.length, 3);
});

t.test('round robin', async (t) => {
  const balancer = new RoundRobin({ id: 'a', endpoints: ['1', '2', '3'] }, () => 0);
  t.same(
    [1, 2, 3, 4].map(() => balancer.choose('c', false)),
    ['1', '2', '3', '1'],
  );
  balancer.update({ id: 'a', endpoints: ['1', '2', '3'] });
  t.equal(balancer.choose('c', false), '2', 'the same endpoints: it goes on');
  balancer.update({ id: 'a', endpoints: ['7', '8'] });
  t.equal(balancer.choose('c', false), '7');
  balancer.update({ id: 'a', endpoints: [] });
  t.equal(balancer.choose('c', false), undefined);
});

t.test('session affinity', async (t) => {
  let now = 0;
  const port = { id: 'a', endpoints: ['1', '2', '3'], stickySeconds: 10 };
  const balancer = new RoundRobin(port, () => now);
  t.equal(balancer.choose('c', false), '1');
  t.equal(balancer.choose('d', false), '2', 'another client is another matter');
  now = 9_999;
  t.equal(balancer.choose('c', false), '1');
  now = 19_998;
  t.equal(balancer.choose('c', false), '1', 'each use begins the time anew');
  now = 29_998;
  t.equal(balancer.choose('c', false), '3', 'too late');
  t.equal(balancer.choose('c', true), '1', 'its endpoint did not answer');
  t.equal(balancer.choose('c', false), '1');
  balancer.update({ ...port, endpoints: ['2', '3'] });
  t.equal(balancer.choose('c', false), '2', 'its endpoint is gone');
});
