import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fixtures, problemsOf, repositoryRoot } from '../objects/source/testing/fixture-files.js';
import { loadKindConfig } from './kind-config.js';

t.test("the course's cluster", async (t) => {
  const file = 'labs/myk8s.kind.yaml';
  const config = loadKindConfig({ file, text: readFileSync(join(repositoryRoot, file), 'utf8') });
  t.match(config, {
    name: 'myk8s',
    podSubnet: '10.10.0.0/16',
    serviceSubnet: '10.200.1.0/24',
    kubeProxyMode: 'iptables',
    knowsServiceCIDRs: true,
  });
  t.same(
    config.nodes.map(({ name, role, labels }) => [name, role, labels['mynode']]),
    [
      ['myk8s-control-plane', 'control-plane', 'control-plane'],
      ['myk8s-worker', 'worker', 'worker1'],
      ['myk8s-worker2', 'worker', 'worker2'],
      ['myk8s-worker3', 'worker', 'worker3'],
    ],
  );
  t.same(
    config.nodes[0]?.portMappings,
    [30_000, 30_001, 30_002].map((port) => ({ containerPort: port, hostPort: port, listenAddress: '127.0.0.1', protocol: 'TCP' })),
  );
  t.same(config.notHonoured, ['featureGates (InPlacePodVerticalScaling, MultiCIDRServiceAllocator)', 'nodes[0].kubeadmConfigPatches']);
});

t.test("kind's defaults", async (t) => {
  const [smallest] = fixtures('src/schema/fixtures/kind', 'valid-');
  t.ok(smallest);
  if (!smallest) return;
  t.same(loadKindConfig(smallest), {
    name: 'kind',
    nodes: [{ name: 'kind-control-plane', role: 'control-plane', labels: {}, portMappings: [] }],
    podSubnet: '10.244.0.0/16',
    serviceSubnet: '10.96.0.0/16',
    kubeProxyMode: 'iptables',
    knowsServiceCIDRs: false,
    notHonoured: [],
  });
});

for (const { file, text, expected } of fixtures('src/schema/fixtures/kind', 'invalid-')) {
  t.test(`${file} gives exactly its problems`, async (t) => {
    t.equal(
      problemsOf(() => loadKindConfig({ file, text })),
      expected,
    );
  });
}

t.test('256 nodes fit a /16, and 257 do not', async (t) => {
  const cluster = (workers: number) => ({
    file: 'c.yaml',
    text: `kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n${'- role: worker\n'.repeat(workers)}`,
  });
  t.equal(loadKindConfig(cluster(255)).nodes.at(-1)?.name, 'kind-worker255');
  t.match(
    problemsOf(() => loadKindConfig(cluster(256))),
    'a /16 has room for 256 pod ranges of /24, and there are 257 nodes',
  );
});
