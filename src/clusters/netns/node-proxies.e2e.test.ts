import t from 'tap';
import type { Cluster, ManifestSource } from '../../core/cluster.js';
import { isService } from '../../objects/guards.js';
import { clusterIpManifests, never, output, run, startCluster } from './testing/course-cluster.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(240_000);

const wide = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
name: myk8s
nodes: [{ role: control-plane }, { role: worker }, { role: worker }, { role: worker }]
networking: { podSubnet: 10.10.0.0/16, serviceSubnet: 10.96.0.0/16 }
`;

/** Copies of a Service for the webpods, as a program writes them. */
function services(count: number): ManifestSource {
  const items = Array.from({ length: count }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `more-${i + 1}` },
    spec: { selector: { app: 'webpod' }, ports: [{ port: 9000, targetPort: 80 }] },
  }));
  const value = { apiVersion: 'v1', kind: 'List', items };
  return { file: 'more', text: JSON.stringify(value), value };
}

async function portals(cluster: Cluster, node: string): Promise<number> {
  const text = await output(cluster, `node/${node}`, 'iptables-save', '-t', 'nat');
  return text.split('\n').filter((line) => line.startsWith('-A KUBE-SERVICES') && line.includes('cluster IP')).length;
}

async function elements(cluster: Cluster, node: string): Promise<number> {
  const text = await output(cluster, `node/${node}`, 'nft', 'list', 'map', 'ip', 'kube-proxy', 'service-ips');
  return text.match(/ : goto /g)?.length ?? 0;
}

t.test('a stopped kube-proxy leaves its rules as they are, and one that starts writes all of them, many in parts', async (t) => {
  const cluster = await startCluster({ config: { file: 'wide.yaml', text: wide } });
  t.teardown(async () => cluster[Symbol.asyncDispose]());
  const set = cluster.setNodeProxies?.bind(cluster);
  if (set === undefined) throw new Error('the embedded cluster treats nodes one by one');
  await cluster.apply(clusterIpManifests, never);
  await set(['myk8s-worker', 'myk8s-worker2', 'myk8s-worker3'], 'stopped', never);
  await cluster.apply([services(600)], never);
  t.equal(await portals(cluster, 'myk8s-control-plane'), 601, 'where it runs, it follows');
  t.equal(await portals(cluster, 'myk8s-worker'), 1, 'where it is stopped, it does not');

  await set(['myk8s-worker'], 'iptables', never);
  await set(['myk8s-worker2'], 'nftables', never);
  t.equal(await portals(cluster, 'myk8s-worker'), 601);
  t.equal(await portals(cluster, 'myk8s-worker2'), 0, 'the rules of the mode before are gone');
  t.equal(await elements(cluster, 'myk8s-worker2'), 601);
  t.equal(await portals(cluster, 'myk8s-worker3'), 1);

  await cluster.setProxyMode('nftables', never);
  t.same(
    await Promise.all(['myk8s-control-plane', 'myk8s-worker', 'myk8s-worker3'].map((node) => elements(cluster, node))),
    [601, 601, 601],
  );

  const service = (await cluster.objects(never)).filter(isService).find(({ metadata }) => metadata.name === 'more-600');
  const times = ['svclab-connect-times', service?.spec.clusterIP ?? '', '9000', '7'];
  const printed: unknown = JSON.parse(await output(cluster, 'pod/default/net-pod', ...times));
  t.ok(
    Array.isArray(printed) && printed.length === 7 && printed.every((time) => typeof time === 'number' && time > 0),
    JSON.stringify(printed),
  );
  const refused = await run(cluster, 'pod/default/net-pod', 'svclab-connect-times', '10.10.0.1', '9', '1');
  t.match([refused.exitCode, refused.stderr], [1, /connect to 10\.10\.0\.1:9 failed: ECONNREFUSED/]);
  const asked = await run(cluster, 'pod/default/net-pod', ...times.slice(0, 3));
  t.match(asked, { exitCode: 0, stdout: '' }, 'without a count, and nobody to say one, it times nothing');
});
