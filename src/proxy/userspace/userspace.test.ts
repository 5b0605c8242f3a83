import t from 'tap';
import { z } from 'zod';
import { fixtureText, kubeProxyTexts, realObjects } from '../testing/fixtures.js';
import { proxiedPorts, RoundRobin } from './balancer.js';
import { userspaceRules, userspaceSetup } from './rules.js';

/** What kube-proxy v1.25.16 itself put in for some of the objects of `kubeProxyTexts`, every proxy listening on port 40000: `nat -A CHAIN ...`. */
const answers = z
  .object({ jumps: z.array(z.string()), cases: z.array(z.object({ of: z.string(), rules: z.array(z.string()) })) })
  .parse(JSON.parse(fixtureText('kube-proxy-userspace.json')));

t.test('kube-proxy v1.25 itself wrote the same, Service feature by Service feature', async (t) => {
  t.ok(answers.cases.length >= 9);
  for (const { of, rules } of answers.cases) {
    const objects = kubeProxyTexts().find(({ name }) => name === of)?.states[0] ?? [];
    // It has no proxy for SCTP.
    const proxyPorts = { get: (id: string) => (id.endsWith('/SCTP') ? undefined : 40_000) };
    const ours = userspaceRules({ objects, nodeIP: '192.168.0.2', proxyPorts });
    // kube-proxy did not look at the address family, and iptables refused such a rule.
    const ipv4 = rules.filter((rule) => !/ -d \S*:/.test(rule));
    t.same(inWords(ours).toSorted(), ipv4.toSorted(), of);
  }
  t.same(inWords(userspaceSetup()).toSorted(), answers.jumps.toSorted());
});

/** As the fixture has them. */
function inWords(tables: ReturnType<typeof userspaceRules>): readonly string[] {
  return tables.flatMap(({ table, rules }) => rules.map((rule) => `${table} ${rule}`));
}

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
