import type { EndpointInfo } from '../endpoints.js';
import { parseIpv4, parseIpv4Range, rangeHolds } from '../ipv4.js';
import type { Reachable } from '../reachable.js';
import { isExternal, type ServicePortInfo, usesClusterEndpoints, usesLocalEndpoints } from '../service-ports.js';
import { affinitySet, endpointChain, externalChain, firewallChain, localChain, serviceChain } from './names.js';
import type { NftablesInput } from './options.js';
import { addRule, table } from './words.js';

/** The chains of one Service's port, with what is in them. */
export interface ServiceChains {
  /** In the order in which kube-proxy makes them. */
  readonly chains: readonly string[];
  readonly affinitySets: readonly string[];
  /** The lines that fill fresh chains, in their order. */
  readonly rules: readonly string[];
}

/** Where a port's traffic goes; undefined where it is refused. */
export interface Targets {
  /** For traffic to the ClusterIP. */
  readonly internal: string | undefined;
  /** The chain that external traffic meets first. */
  readonly external: string | undefined;
  /** Where external traffic goes that is not short-circuited there. */
  readonly externalPolicy: string | undefined;
  readonly firewall: string | undefined;
}

export function targetsOf(port: ServicePortInfo, reachable: Reachable): Targets {
  const target = (local: boolean): string | undefined => {
    if (!reachable.any || (local && reachable.local.length === 0)) return undefined;
    return local ? localChain(port) : serviceChain(port);
  };
  return {
    internal: target(port.internalLocal),
    external: reachable.any && isExternal(port) ? externalChain(port) : undefined,
    externalPolicy: target(port.externalLocal),
    firewall: port.loadBalancerVIPs.length > 0 && port.sourceRanges.length > 0 ? firewallChain(port) : undefined,
  };
}

/** kube-proxy v1.31.0, pkg/proxy/nftables/proxier.go, syncProxyRules. */
export function serviceChains(port: ServicePortInfo, reachable: Reachable, targets: Targets, input: NftablesInput): ServiceChains {
  const spread = [
    ...(usesClusterEndpoints(port) && reachable.cluster.length > 0 ? [{ chain: serviceChain(port), endpoints: reachable.cluster }] : []),
    ...(usesLocalEndpoints(port) && reachable.local.length > 0 ? [{ chain: localChain(port), endpoints: reachable.local }] : []),
  ];
  const affinitySets = port.stickySeconds === undefined ? [] : reachable.all.map(({ address }) => affinitySet(port, address));
  const { external, firewall } = targets;
  return {
    chains: [
      ...reachable.all.map(({ address }) => endpointChain(port, address)),
      ...spread.map(({ chain }) => chain),
      ...(external === undefined ? [] : [external]),
      ...(firewall === undefined ? [] : [firewall]),
    ],
    affinitySets,
    rules: [
      ...internalRules(port, targets, input),
      ...(external === undefined ? [] : externalRules(port, external, targets.externalPolicy, input)),
      ...(firewall === undefined ? [] : [firewallRule(port, firewall, input.node.ip)]),
      ...affinitySets.map((set) => `add set ${table} ${set} { type ipv4_addr ; flags dynamic,timeout ; timeout ${port.stickySeconds}s ; }`),
      ...spread.flatMap(({ chain, endpoints }) => spreadRules(port, chain, endpoints)),
      ...reachable.all.flatMap((endpoint) => endpointRules(port, endpoint)),
    ],
  };
}

/** What does not come from a pod is masqueraded, in case the pod that it goes to is on another node. */
function internalRules(port: ServicePortInfo, { internal }: Targets, { masqueradeAll, clusterCIDR }: NftablesInput): readonly string[] {
  if (internal === undefined || !(masqueradeAll || clusterCIDR)) return [];
  const notPods = masqueradeAll ? '' : `ip saddr != ${clusterCIDR} `;
  const to = `ip daddr ${port.clusterIP} ${port.protocol.toLowerCase()} dport ${port.number}`;
  return [addRule(internal, `${to} ${notPods}jump mark-for-masquerade`)];
}

/** With policy Local, pods and the node itself still reach every endpoint: they never left the cluster. */
function externalRules(
  port: ServicePortInfo,
  chain: string,
  policy: string | undefined,
  { clusterCIDR }: NftablesInput,
): readonly string[] {
  const onwards = policy === undefined ? [] : [addRule(chain, `goto ${policy}`)];
  if (!port.externalLocal) return [addRule(chain, 'jump mark-for-masquerade'), ...onwards];
  const all = serviceChain(port);
  return [
    ...(clusterCIDR ? [addRule(chain, `ip saddr ${clusterCIDR} goto ${all}`, 'short-circuit pod traffic')] : []),
    addRule(chain, 'fib saddr type local jump mark-for-masquerade', 'masquerade local traffic'),
    addRule(chain, `fib saddr type local goto ${all}`, 'short-circuit local traffic'),
    ...onwards,
  ];
}

function firewallRule(port: ServicePortInfo, chain: string, nodeIP: string | undefined): string {
  const node = parseIpv4(nodeIP ?? '');
  const nodeIsAllowed = port.sourceRanges
    .map(parseIpv4Range)
    .some((range) => node !== undefined && range !== undefined && rangeHolds(range, node));
  // A node that owns the load balancer's address talks to it from that very address.
  const sources = [...port.sourceRanges, ...(nodeIsAllowed ? port.loadBalancerVIPs : [])];
  return addRule(chain, `ip saddr != { ${sources.join(' , ')} } drop`);
}

/** Known clients first (session affinity), then one of n by chance. */
function spreadRules(port: ServicePortInfo, chain: string, endpoints: readonly EndpointInfo[]): readonly string[] {
  const chains = endpoints.map(({ address }) => endpointChain(port, address));
  const sticky = port.stickySeconds === undefined ? [] : endpoints.map(({ address }) => `ip saddr @${affinitySet(port, address)}`);
  const verdicts = chains.map((name, index) => `${index} : goto ${name}`).join(' , ');
  return [
    ...sticky.map((known, index) => addRule(chain, `${known} goto ${chains[index]}`)),
    addRule(chain, `numgen random mod ${endpoints.length} vmap { ${verdicts} }`),
  ];
}

/** A pod that reaches itself through its Service is masqueraded, else it would answer itself directly. */
function endpointRules(port: ServicePortInfo, { ip, address }: EndpointInfo): readonly string[] {
  const chain = endpointChain(port, address);
  return [
    addRule(chain, `ip saddr ${ip} jump mark-for-masquerade`),
    ...(port.stickySeconds === undefined ? [] : [addRule(chain, `update @${affinitySet(port, address)} { ip saddr }`)]),
    addRule(chain, `meta l4proto ${port.protocol.toLowerCase()} dnat to ${address}`),
  ];
}
