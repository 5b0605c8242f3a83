import type { Cluster, KubeObject } from '../core/cluster.js';
import { EnvironmentError } from '../core/errors.js';
import { type Place, succeeded } from '../core/executor.js';
import { waitFor } from '../core/wait.js';
import { isNode } from '../objects/guards.js';

/** What one node holds, as its tools print it. */
export interface NodeReading {
  readonly node: string;
  /** `ip -j addr`. */
  readonly addr: string;
  /** `ip -j route`. */
  readonly route: string;
  /** `iptables-save`. */
  readonly rules: string;
  /** `nft -j list table ip kube-proxy`, where kube-proxy works in nftables mode. */
  readonly nftables?: string;
  /** `name value`, a line each, of the sysctls below. */
  readonly sysctls: string;
}

export interface ClusterReading {
  readonly provider: string;
  readonly podSubnet: string;
  /** The ranges of ClusterIPs that kube-proxy knows; none unless said. */
  readonly serviceCIDRs?: readonly string[];
  readonly objects: readonly KubeObject[];
  readonly nodes: readonly NodeReading[];
}

/**
 * What the kubelet, kube-proxy and kind set on a node (kube-proxy v1.31, `cmd/kube-proxy/app/conntrack.go` and `pkg/proxy/iptables/proxier.go`), and
 * what decides whether a packet is forwarded. `net.netfilter.nf_conntrack_max` is not among them: it belongs to the machine.
 */
const sysctls = [
  'net/ipv4/ip_forward',
  'net/ipv4/conf/all/route_localnet',
  'net/ipv4/conf/all/rp_filter',
  'net/ipv6/conf/all/forwarding',
  'net/netfilter/nf_conntrack_tcp_be_liberal',
  'net/netfilter/nf_conntrack_tcp_timeout_established',
  'net/netfilter/nf_conntrack_tcp_timeout_close_wait',
];

/** What of kube-proxy's configuration decides what is read. */
export interface ProxySettings {
  readonly mode: 'iptables' | 'nftables';
  /** It knows the ranges of ClusterIPs: the feature gate MultiCIDRServiceAllocator. */
  readonly knowsServiceCIDRs: boolean;
}

/** Reads every node of a cluster. @throws EnvironmentError when a node does not answer. */
export async function readCluster(
  cluster: Cluster,
  signal: AbortSignal,
  settings: ProxySettings = { mode: 'iptables', knowsServiceCIDRs: false },
): Promise<ClusterReading> {
  const objects = await cluster.objects(signal);
  const names = objects
    .filter(isNode)
    .map((node) => node.metadata.name)
    .sort();
  return {
    provider: cluster.provider,
    podSubnet: cluster.podSubnet,
    ...(settings.knowsServiceCIDRs ? { serviceCIDRs: [cluster.serviceSubnet] } : {}),
    objects,
    nodes: await Promise.all(names.map((name) => readNode(cluster, name, settings, signal))),
  };
}

async function readNode(cluster: Cluster, node: string, { mode }: ProxySettings, signal: AbortSignal): Promise<NodeReading> {
  const ask = (...argv: readonly string[]): Promise<string> => output(cluster, `node/${node}`, argv, signal);
  // The kernel looks for a second whether another host has a link-local address already.
  const addr = await waitFor(
    `the IPv6 addresses of ${node}`,
    async () => [await ask('ip', '-j', 'addr')].find((text) => !text.includes('"tentative"')),
    { intervalMs: 100, timeoutMs: 10_000, signal },
  );
  const [route, rules, settings] = await Promise.all([
    ask('ip', '-j', 'route'),
    ask('iptables-save'),
    ask('grep', '-H', '', ...sysctls.map((name) => `/proc/sys/${name}`)),
  ]);
  const nftables = mode === 'nftables' ? { nftables: await ask('nft', '-j', 'list', 'table', 'ip', 'kube-proxy') } : {};
  return { node, addr, route, rules, ...nftables, sysctls: settings.replaceAll(/^\/proc\/sys\/([^:]+):/gm, '$1 ') };
}

/** @throws EnvironmentError with what the command said. */
export async function output(cluster: Cluster, place: Place, argv: readonly string[], signal: AbortSignal): Promise<string> {
  const result = await cluster.executor(place).run(argv, { signal });
  signal.throwIfAborted();
  if (!succeeded(result)) {
    const said = result.stderr.trim().split('\n').at(-1) || result.ended;
    throw new EnvironmentError(`'${argv.join(' ')}' failed at ${place} of the cluster ${cluster.provider}: ${said}`);
  }
  return result.stdout;
}
