import t from 'tap';
import { allowedDifferences } from './allowed.js';
import { compareReadings } from './compare.js';
import type { ClusterReading, NodeReading } from './reading.js';
import { embeddedReading, realReading } from './testing/readings.js';

const embedded = embeddedReading();
const real = realReading(embedded.nodes);
const worker = 'myk8s-worker';

type Listing = Exclude<keyof NodeReading, 'nftables'>;

/** The real cluster, with something on its worker as `change` leaves it. */
function changed(what: Listing, change: (text: string) => string): ClusterReading {
  return {
    ...real,
    nodes: real.nodes.map((node) => {
      if (node.node !== worker) return node;
      const text = change(node[what]);
      if (text === node[what]) throw new Error(`the change of ${what} changes nothing`);
      return { ...node, [what]: text };
    }),
  };
}

function swapped(a: string, b: string): (text: string) => string {
  return (text) => text.replace(a, '\0').replace(b, a).replace('\0', b);
}

t.test('a published node image and the embedded cluster differ in what is allowed alone', async (t) => {
  const { differences, met } = compareReadings(real, embedded);
  t.same(differences, []);
  t.same(
    [...new Set(allowedDifferences.map(({ id }) => id))].filter((id) => !met.has(id)),
    [],
    'each is met',
  );
  t.same(compareReadings(embedded, embedded), { differences: [], met: new Map() });
});

const svc = 'nat KUBE-SVC-KBDEBIL6IU6WL7RF of default/svc-clusterip:svc-webport/tcp';
const sep = (pod: string) => `nat KUBE-SEP of default/svc-clusterip:svc-webport/tcp -> pod/default/${pod}:80`;

/** What a change of the real node must be called: the section, and for each side what its line says. */
const changes: readonly {
  readonly name: string;
  readonly what: Listing;
  readonly change: (text: string) => string;
  readonly section: string;
  readonly kind?: readonly RegExp[];
  readonly netns?: readonly RegExp[];
  readonly order?: RegExp;
}[] = [
  {
    name: 'a changed rule',
    what: 'rules',
    change: (text) => text.replace(/(-A KUBE-MARK-MASQ .*)0x4000\/0x4000/, '$10x8000/0x8000'),
    section: 'nat KUBE-MARK-MASQ',
    kind: [/0x8000/],
    netns: [/^-j MARK --set-xmark 0x4000\/0x4000$/],
  },
  {
    name: 'a missing masquerade',
    what: 'rules',
    change: (text) => text.replace(/.*-A KUBE-POSTROUTING .* -j MASQUERADE --random-fully\n/, ''),
    section: 'nat KUBE-POSTROUTING',
    netns: [/-j MASQUERADE --random-fully$/],
  },
  {
    name: "a missing masquerade of one endpoint's own traffic",
    what: 'rules',
    change: (text) => text.replace(/.*-A KUBE-SEP-\S+ -s 10\.10\.1\.2\/32 .* -j KUBE-MARK-MASQ\n/, ''),
    section: sep('webpod3'),
    netns: [/^-s pod\/default\/webpod3 .* -j KUBE-MARK-MASQ$/],
  },
  {
    name: 'swapped probabilities',
    what: 'rules',
    change: (text) =>
      text.replace(/(.*svc-clusterip:svc-webport -> .*\n){3}/, swapped('--probability 0.33333333349', '--probability 0.50000000000')),
    section: svc,
    order: /0\.5.*0\.33333333349/,
  },
  {
    name: 'another probability',
    what: 'rules',
    change: (text) => text.replace(/(svc-clusterip:svc-webport -> .*--probability )0\.33333333349/, '$10.25000000000'),
    section: svc,
    kind: [/0\.25/],
    netns: [/0\.33333333349 -j an endpoint$/],
  },
  {
    name: 'an endpoint twice, and one never',
    what: 'rules',
    change: (text) => text.replace(/10\.10\.2\.2:80"(.*)-j KUBE-SEP-DOIEFYKPESCDTYCH/, '10.10.1.2:80"$1-j KUBE-SEP-TBW2IYJKUCAC7GB3'),
    section: svc,
    kind: [
      /\(endpoints, not in the order of their addresses: pod\/default\/webpod1:80, pod\/default\/webpod3:80, pod\/default\/webpod3:80\)/,
    ],
    netns: [/\(endpoints, in the order of their addresses: pod\/default\/webpod1:80, pod\/default\/webpod2:80, pod\/default\/webpod3:80\)/],
  },
  {
    name: 'endpoints in an order that is not that of their addresses',
    what: 'rules',
    change: (text) =>
      swapped('-> 10.10.1.2:80"', '-> 10.10.2.2:80"')(swapped('-j KUBE-SEP-TBW2IYJKUCAC7GB3\n', '-j KUBE-SEP-DOIEFYKPESCDTYCH\n')(text)),
    section: svc,
    kind: [/not in the order/],
    netns: [/, in the order/],
  },
  {
    name: 'a rule that says one endpoint and jumps to another',
    what: 'rules',
    change: (text) => text.replace('svc-webport -> 10.10.3.2:80', 'svc-webport -> 10.10.2.2:80'),
    section: svc,
    kind: [
      /endpoints, in the order of their addresses: pod\/default\/webpod2:80, pod\/default\/webpod3:80\)/,
      /-> pod\/default\/webpod2:80" -j KUBE-SEP of .* -> pod\/default\/webpod1:80/,
    ],
    netns: [/webpod3:80\)/, /-> an endpoint" -j an endpoint/],
  },
  {
    name: 'a translation to another port',
    what: 'rules',
    change: (text) => text.replace('--to-destination 10.10.3.2:80', '--to-destination 10.10.3.2:81'),
    section: sep('webpod1'),
    kind: [/--to-destination pod\/default\/webpod1:81$/],
    netns: [/--to-destination pod\/default\/webpod1:80$/],
  },
  {
    name: 'a node port that is not the one of the Service',
    what: 'rules',
    change: (text) => text.replace(/(-m tcp --dport )31812( -j KUBE-EXT)/, '$131813$2'),
    section: 'nat KUBE-NODEPORTS',
    kind: [/--dport 31813/],
    netns: [/--dport the node port of default\/svc-nodeport:svc-webport/],
  },
  {
    name: 'node ports before the Services',
    what: 'rules',
    change: (text) => text.replace(/(.*-A KUBE-SERVICES -d 10\.200\.1\.87.*\n)(.*-A KUBE-SERVICES .*last rule.*\n)/, '$2$1'),
    section: 'nat KUBE-SERVICES',
    order: /last rule/,
  },
  {
    name: 'a chain that nobody else has',
    what: 'rules',
    change: (text) => text.replace('*nat\n', '*nat\n:KUBE-SVC-AAAAAAAAAAAAAAAA - [0:0]\n'),
    section: 'nat KUBE-SVC-AAAAAAAAAAAAAAAA',
    kind: [/policy -/],
  },
  {
    name: 'a policy',
    what: 'rules',
    change: (text) =>
      text.replace(':FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE', ':FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE'),
    section: 'filter FORWARD',
    kind: [/policy DROP/],
    netns: [/policy ACCEPT/],
  },
  {
    name: 'a Service whose name begins as one that is allowed',
    what: 'rules',
    change: (text) => text.replace('"kube-system/kube-dns:dns cluster IP"', '"kube-system/kube-dns2:dns cluster IP"'),
    section: 'nat KUBE-SERVICES',
    kind: [/kube-dns2/],
  },
  {
    name: 'another counter than the one that is allowed',
    what: 'rules',
    change: (text) => text.replace('ct_state_invalid_dropped_pkts', 'other_pkts'),
    section: 'filter KUBE-FORWARD',
    kind: [/other_pkts/],
    netns: [/--ctstate INVALID -j DROP/],
  },
  {
    name: 'a rule that counts, and does something else besides',
    what: 'rules',
    change: (text) => text.replace(/(ct_state_invalid_dropped_pkts -j )DROP/, '$1ACCEPT'),
    section: 'filter KUBE-FORWARD',
    kind: [/-j ACCEPT/],
    netns: [/--ctstate INVALID -j DROP/],
  },
  {
    name: "a rule in the resolver's chain that is none of the resolver's",
    what: 'rules',
    change: (text) => text.replace(/(.*)-A DOCKER_OUTPUT .*udp.*\n/, '$1-A DOCKER_OUTPUT -j ACCEPT\n'),
    section: 'nat DOCKER_OUTPUT',
    kind: [/^-j ACCEPT$/],
  },
  {
    name: 'a missing route',
    what: 'route',
    change: (text) => JSON.stringify(JSON.parse(text).filter(({ dst }: { dst: string }) => dst !== '10.10.2.0/24')),
    section: 'routes',
    netns: [/^the pods of node\/myk8s-worker\d dev eth0 gateway node\/myk8s-worker\d$/],
  },
  {
    name: 'a route through the wrong node',
    what: 'route',
    change: (text) => text.replace('"gateway":"172.18.0.4"', '"gateway":"172.18.0.5"'),
    section: 'routes',
    kind: [/^the pods of node\/(\S+) dev eth0 gateway node\/(?!\1$)/],
    netns: [/^the pods of node\/(\S+) dev eth0 gateway node\/\1$/],
  },
  {
    name: 'a link that is another',
    what: 'addr',
    change: (text) => text.replace(/("ifname":"eth0".*?"mtu":)1500/s, '$11400'),
    section: 'link eth0',
    kind: [/mtu 1400/],
    netns: [/mtu 1500/],
  },
  {
    name: 'an address that belongs to nobody',
    what: 'addr',
    change: (text) => text.replace('"local":"10.10.3.1"', '"local":"10.10.9.1"'),
    section: 'link veth of pod/default/webpod1',
    kind: [/local 10\.10\.9\.1/],
    netns: [/local the gateway of node\/myk8s-worker/],
  },
  {
    name: 'a sysctl',
    what: 'sysctls',
    change: (text) => text.replace('net/ipv4/conf/all/route_localnet 1', 'net/ipv4/conf/all/route_localnet 0'),
    section: 'sysctls',
    kind: [/route_localnet 0/],
    netns: [/route_localnet 1/],
  },
];

for (const { name, what, change, section, kind = [], netns = [], order } of changes) {
  t.test(`${name} is named, and nothing else`, async (t) => {
    const { differences } = compareReadings(changed(what, change), embedded);
    t.same([...new Set(differences.map(({ place, section: found }) => `${place} ${found}`))], [`node/${worker} ${section}`]);
    const of = (side: string): string[] => differences.flatMap(({ only, line }) => (only === side ? [line] : [])).sort();
    if (order === undefined) t.equal(differences.length, kind.length + netns.length);
    else t.match(of('order'), [order]);
    t.matchOnly(of('kind'), kind);
    t.matchOnly(of('netns'), netns);
  });
}

t.test('a node that is not there', async (t) => {
  const { differences } = compareReadings({ ...real, nodes: real.nodes.filter(({ node }) => node !== worker) }, embedded);
  t.ok(differences.length > 50);
  t.same([...new Set(differences.map(({ place, only }) => `${place} ${only}`))], [`node/${worker} netns`]);
});
