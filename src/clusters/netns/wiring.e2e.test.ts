import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { waitFor } from '../../core/wait.js';
import { isPod } from '../../objects/guards.js';
import { loadObjectList } from '../../objects/object-list.js';
import { type CanonicalNode, canonicalNode, type PodAddress } from './testing/canonical-node.js';
import { clusterIpManifests, echoManifest, never, nodeNames, output, root, source, startCluster } from './testing/course-cluster.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

/** A difference between a real node and an embedded one that has to be, and why. */
interface Allowed {
  readonly because: string;
  readonly section: RegExp;
  readonly line?: RegExp;
  /** In place of what the real node shows; absent where it shows a line more. */
  readonly becomes?: string;
}

const noDns = 'there is no DNS and no API server here: no coredns pods, and no Service default/kubernetes or kube-system/kube-dns';
const noResolver = "Docker's own resolver is Docker's";
const noNfacct = 'nfacct counters need a kernel module that few systems have; they change nothing for a packet';

const allowed: readonly Allowed[] = [
  { because: noDns, section: /^route$/, line: /^coredns on / },
  { because: noDns, section: /^link veth of coredns/ },
  { because: noDns, section: /^nat KUBE-(SEP of|SVC-\S+)/, line: /policy|"(default\/kubernetes|kube-system\/kube-dns)/ },
  { because: noDns, section: /^nat KUBE-SERVICES$/, line: /"(default\/kubernetes|kube-system\/kube-dns)/ },
  { because: noResolver, section: /^nat DOCKER_/ },
  { because: noResolver, section: /^nat (PREROUTING|OUTPUT|POSTROUTING)$/, line: /-j DOCKER_/ },
  { because: noNfacct, section: /^nat KUBE-NODEPORTS$/, line: /--nfacct-name {2}localhost_nps_accepted_pkts/ },
  { because: noNfacct, section: /^filter KUBE-FORWARD$/, line: /-m nfacct --nfacct-name {2}\S+ /, becomes: '' },
];

/** What is left of a real node when all that may be missing is taken away; `used` notes what was. */
function withoutAllowed(real: CanonicalNode, used: Set<Allowed>): Record<string, readonly string[]> {
  const sections = [...real].map(([section, lines]) => {
    const left = lines.flatMap((line) => {
      const rule = allowed.find((one) => one.section.test(section) && (one.line?.test(line) ?? true));
      // A chain's policy goes only with everything else of it.
      if (
        rule === undefined ||
        (line.startsWith('policy') &&
          lines.some((other) => !allowed.some((one) => one.section.test(section) && (one.line?.test(other) ?? true))))
      )
        return [line];
      used.add(rule);
      return rule.becomes === undefined ? [] : [line.replace(rule.line ?? '', rule.becomes)];
    });
    return [section, left] as const;
  });
  return Object.fromEntries(sections.filter(([, lines]) => lines.length > 0));
}

const podsSchema = z.array(z.object({ name: z.string(), node: z.string(), address: z.string() }));
const fixture = (file: string): string => readFileSync(join(root, 'src', file), 'utf8');

t.test('every node shows what a real one shows: links, addresses, routes, rules', async (t) => {
  const cluster = await startCluster();
  t.teardown(() => cluster[Symbol.asyncDispose]());
  await cluster.apply([...clusterIpManifests, echoManifest], never);
  const objects = await cluster.objects(never);
  const pods = objects
    .filter(isPod)
    .map((pod): PodAddress => ({ name: pod.metadata.name, node: pod.spec.nodeName ?? '', address: pod.status?.podIP ?? '' }));
  const realObjects = loadObjectList(source('src/proxy/fixtures/objects.yaml'));
  const realPods = podsSchema.parse(JSON.parse(fixture('clusters/netns/fixtures/nodes/pods.json')));

  const used = new Set<Allowed>();
  for (const node of nodeNames) {
    const place = `node/${node}` as const;
    // The kernel looks for a second whether another host has the link-local address already.
    const addr = await waitFor(
      'IPv6 link-local addresses',
      async () => [await output(cluster, place, 'ip', '-j', 'addr')].find((text) => !text.includes('"tentative"')),
      {
        intervalMs: 50,
        timeoutMs: 10_000,
      },
    );
    const ours = canonicalNode(
      { addr, route: await output(cluster, place, 'ip', 'route'), rules: await output(cluster, place, 'iptables-save') },
      objects,
      pods,
    );
    const real = canonicalNode(
      {
        addr: fixture(`clusters/netns/fixtures/nodes/${node}.addr.json`),
        route: fixture(`clusters/netns/fixtures/nodes/${node}.route`),
        rules: fixture(`proxy/fixtures/${node}.iptables-save`),
      },
      realObjects,
      realPods,
    );
    t.ok(
      [...real.keys()].some((section) => section === 'nat KUBE-SEP of default/svc-clusterip:svc-webport backend 3'),
      'the words are those of both clusters',
    );
    t.same(Object.fromEntries(ours), withoutAllowed(real, used), node);
  }
  t.same(
    allowed.filter((one) => !used.has(one)).map(({ because, section }) => `${section}: ${because}`),
    [],
    'every difference that is allowed is there',
  );

  // The comparison sees what changes, or it would prove nothing.
  const node = 'node/myk8s-worker';
  const look = async (): Promise<CanonicalNode> => {
    const [addr, route, rules] = await Promise.all([
      output(cluster, node, 'ip', '-j', 'addr'),
      output(cluster, node, 'ip', 'route'),
      output(cluster, node, 'iptables-save'),
    ]);
    return canonicalNode({ addr, route, rules }, objects, pods);
  };
  const before = await look();
  await output(cluster, node, 'ip', 'link', 'set', 'eth0', 'mtu', '1400');
  await output(cluster, node, 'ip', 'route', 'add', '10.10.9.0/24', 'via', '172.18.0.4');
  await output(cluster, node, 'iptables', '-A', 'FORWARD', '-j', 'ACCEPT');
  const after = await look();
  t.same(
    [...after.keys()].filter((section) => JSON.stringify(after.get(section)) !== JSON.stringify(before.get(section))),
    ['filter FORWARD', 'link eth0', 'route'],
  );
});

t.test('the outside client and the pods have the links and routes that they should', async (t) => {
  const cluster = await startCluster();
  t.teardown(() => cluster[Symbol.asyncDispose]());
  await cluster.apply(clusterIpManifests, never);
  t.same((await output(cluster, 'client/mypc', 'ip', 'route')).trim().split(/ *\n/), [
    'default via 172.18.0.1 dev eth0',
    '172.18.0.0/16 dev eth0 proto kernel scope link src 172.18.0.6',
  ]);
  // As the CNI plugin ptp leaves a pod: its own range too goes through the gateway.
  t.same((await output(cluster, 'pod/default/net-pod', 'ip', 'route')).trim().split(/ *\n/), [
    'default via 10.10.0.1 dev eth0',
    '10.10.0.0/24 via 10.10.0.1 dev eth0 src 10.10.0.2',
    '10.10.0.1 dev eth0 scope link src 10.10.0.2',
  ]);
  const [pod] = z
    .array(z.looseObject({}))
    .parse(JSON.parse(await output(cluster, 'pod/default/net-pod', 'ip', '-j', 'addr', 'show', 'eth0')));
  t.match(pod, {
    ifindex: 2,
    mtu: 1500,
    operstate: 'UP',
    addr_info: [{ local: '10.10.0.2', prefixlen: 24, broadcast: '10.10.0.255', scope: 'global' }],
  });
});
