import type { ManifestSource, ProxyMode } from '../../src/core/cluster.js';
import type { BenchContext, Benchmark, Contestant } from '../benchmark.js';
import { nothingHeld } from '../benchmark.js';
import { createCluster } from '../embedded/cluster.js';
import { labFile } from '../embedded/manifests.js';

const node = 'myk8s-worker';
const modes: readonly ProxyMode[] = ['iptables', 'nftables'];

/** A node's kube-proxy that starts: from nothing to every rule in the kernel, by the path that the lab scale takes. */
export const programming: Benchmark = {
  name: 'programming',
  what: 'one node, from no rule to the rules of all Services in the kernel, one endpoint a Service',
  unit: 's',
  rounds: 5,
  yardstick: figure('iptables', 1_000),
  targets: modes.map((mode) => ({ kind: 'median', of: figure(mode, 10_000), atMost: 5 })),
  prepare: async (context) => nothingHeld([1_000, 10_000].flatMap((services) => modes.map((mode) => contestant(mode, services, context)))),
};

function contestant(mode: ProxyMode, services: number, context: BenchContext): Contestant {
  const name = figure(mode, services);
  return {
    name,
    async sample() {
      const { signal } = context;
      await using cluster = await createCluster(context, labFile('scale.kind.yaml'));
      const set = cluster.setNodeProxies?.bind(cluster);
      if (set === undefined) throw new Error('the embedded cluster starts no kube-proxy node by node');
      const nodes = (await cluster.objects(signal)).filter(({ kind }) => kind === 'Node');
      await set(
        nodes.map(({ metadata }) => metadata.name),
        'stopped',
        signal,
      );
      await cluster.apply([labFile('scale/manifests/pods.yaml'), copies(services)], signal);
      const begun = performance.now();
      await set([node], mode, signal);
      const seconds = (performance.now() - begun) / 1_000;
      // Each Service has one chain of its own with an endpoint, in either mode.
      const list = mode === 'iptables' ? ['iptables-save', '-t', 'nat'] : ['nft', '--terse', 'list', 'chains', 'ip'];
      const { stdout } = await cluster.executor(`node/${node}`).run(list, { signal, timeoutMs: 60_000 });
      const chains = stdout.match(/^:KUBE-SVC-|^\s*chain service-[A-Z0-9]{8}-/gm)?.length ?? 0;
      if (chains !== services) throw new Error(`${name} gave ${chains} Services' chains`);
      return { [name]: seconds };
    },
  };
}

function figure(mode: string, services: number): string {
  return `${mode}, ${services} Services`;
}

function copies(count: number): ManifestSource {
  const items = Array.from({ length: count }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `svc-${String(i + 1).padStart(5, '0')}` },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 9000, targetPort: 80 }] },
  }));
  const value = { apiVersion: 'v1', kind: 'List', items };
  return { file: 'copies.json', text: JSON.stringify(value), value };
}
