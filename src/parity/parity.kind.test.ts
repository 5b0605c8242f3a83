import t from 'tap';
import { svclab, temporaryFolder } from '../cli/testing/svclab.js';
import { kindProvider } from '../clusters/kind/provider.js';
import { clusterConfig, never, output } from '../clusters/netns/testing/course-cluster.js';
import type { Cluster } from '../core/cluster.js';
import type { Place } from '../core/executor.js';

// Both clusters get more than a hundred objects, and the real one takes them away again.
t.setTimeout(1_200_000);

interface Document {
  readonly sets: readonly {
    readonly name: string;
    readonly services: number;
    readonly requests: number;
    readonly differences: readonly { readonly place: string; readonly section: string; readonly only: string; readonly line: string }[];
  }[];
}

t.test('the embedded cluster and a real one do not differ, and one that is broken by hand is named', async (t) => {
  const out = await temporaryFolder(t);
  // A running cluster is taken and left running; one that is made here ends with the test.
  const cluster = await open();
  t.teardown(() => cluster[Symbol.asyncDispose]());
  const parity = (...args: readonly string[]) => svclab(['parity', '--out', out, ...args]);
  const whole = await parity('--json');
  t.equal(whole.exitCode, 0, whole.stderr);
  const document: Document = JSON.parse(whole.stdout);
  t.same(
    document.sets.map(({ name, services, differences }) => [name, services, differences]),
    [
      ['cluster', 1, []],
      ['kindnet', 0, []],
      ['clusterip', 1, []],
      ['distribution', 2, []],
      ['session-affinity', 1, []],
      ['nodeport', 2, []],
      ['proxy-modes', 2, []],
      ['generated-1', 100, []],
    ],
  );
  // Nobody asks in a set without a pod that has curl, nor where chance decides the way that an answer comes.
  const asked = document.sets.filter(({ requests }) => requests > 0).map(({ name }) => name);
  t.ok(['clusterip', 'generated-1'].every((name) => asked.includes(name)));

  const inNftables = await parity('proxy-modes', '--proxy-mode', 'nftables', '--generated', '60', '--seed', '2', '--json');
  t.equal(inNftables.exitCode, 0, inNftables.stderr);
  const { sets }: Document = JSON.parse(inNftables.stdout);
  t.same(
    sets.map(({ name, differences }) => [name, differences]),
    [
      ['proxy-modes', []],
      ['generated-2', []],
    ],
  );
  t.ok((sets[1]?.services ?? 0) > 40, 'those that do not claim what another claims');

  const node = 'node/myk8s-worker2';
  const save = await at(node, 'iptables-save', '-t', 'nat');
  const [, chain = '', spec = ''] = /^-A (KUBE-SEP-\S+) (-s \S+ .*"?default\/kubernetes:https"? -j KUBE-MARK-MASQ)$/m.exec(save) ?? [];
  t.not(chain, '', 'the rule is there');
  // kube-proxy writes a Service's chains again when that Service changes, and this one does not.
  const rule = spec.replaceAll('"', '').split(' ');
  await at(node, 'iptables', '-t', 'nat', '-D', chain, ...rule);
  t.teardown(() => at(node, 'iptables', '-t', 'nat', '-I', chain, ...rule));

  const broken = await parity('clusterip', '--generated', '0');
  t.equal(broken.exitCode, 1, broken.stderr);
  t.match(broken.stdout, `${node}  nat ${chain} of default/kubernetes:https/tcp  (kind, predicted)`);
  t.match(broken.stdout, /predicted: .* -j KUBE-MARK-MASQ/);
  t.match(broken.stdout, ': 1 difference\n');
});

function open(): Promise<Cluster> {
  return kindProvider({ env: process.env, config: clusterConfig }).create({
    config: clusterConfig,
    name: 'myk8s',
    publish: false,
    fresh: false,
    signal: never,
    warn: () => {},
    progress: () => {},
    logs: () => temporaryFolder(t),
  });
}

/** Each command by a cluster of its own: that of svclab takes the sidecars away with which it ends. */
async function at(place: Place, ...argv: readonly string[]): Promise<string> {
  await using cluster = await open();
  return await output(cluster, place, ...argv);
}
