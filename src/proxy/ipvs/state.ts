import type { Protocol } from '../../objects/kubernetes.js';
import { type EndpointInfo, endpointsByPort } from '../endpoints.js';
import { formatIpv4, parseIpv4, parseIpv4Range, rangeHolds } from '../ipv4.js';
import { type Reachable, reachableEndpoints } from '../reachable.js';
import { pickRulesObjects } from '../rules-input.js';
import { type ServicePortInfo, servicePortId, servicePorts } from '../service-ports.js';
import type { IpvsInput, Scheduler } from './options.js';
import { type IpSet, SetEntries, type SetName } from './sets.js';

/** One address and port that the kernel itself balances (ipvsadm(8)). */
export interface VirtualServer {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly scheduler: Scheduler;
  /** How long a client stays with its real server: the Service's session affinity. Undefined without. */
  readonly persistentSeconds: number | undefined;
  /** `address:port`, in the order of their text; each has the weight 1 and is reached by translation. */
  readonly realServers: readonly string[];
}

/** What one node holds in ipvs mode beside its iptables rules, which only depend on this. */
export interface IpvsState {
  readonly servers: readonly VirtualServer[];
  /** Addresses on kube-ipvs0: what makes the node take packets to them for its own. */
  readonly bound: readonly string[];
  readonly sets: readonly IpSet[];
  /** Load balancer addresses that the node itself must not reach, since their source ranges leave it out. */
  readonly guarded: readonly Pick<VirtualServer, 'address' | 'port' | 'protocol'>[];
}

/**
 * What one sync of kube-proxy v1.31.0 in ipvs mode leaves on one node (pkg/proxy/ipvs/proxier.go, syncProxyRules).
 * kube-proxy takes Services in any order; here they come by namespace and name.
 */
export function ipvsState(input: IpvsInput): IpvsState {
  const { services, endpointSlices, nodes } = pickRulesObjects(input.objects);
  const { name, zone = nodes.find(({ metadata }) => metadata.name === name)?.metadata.labels?.['topology.kubernetes.io/zone'] } =
    input.node;
  const endpoints = endpointsByPort(endpointSlices, name);
  const plan: Plan = {
    scheduler: input.scheduler ?? 'rr',
    nodeIP: parseIpv4(input.node.ip ?? ''),
    nodeAddresses: new Set(nodeAddresses(input)),
    nodePortIPs: nodePortIPs(input),
    servers: new Map(),
    bound: new Set(),
    sets: new SetEntries(),
    guarded: [],
  };
  for (const port of servicePorts(services)) {
    const own = endpoints.get(servicePortId(port)) ?? [];
    planPort(plan, port, own, reachableEndpoints(port, own, zone));
  }
  for (const address of plan.bound) plan.sets.add('KUBE-IPVS-IPS', address);
  return { servers: [...plan.servers.values()], bound: [...plan.bound], sets: plan.sets.all(), guarded: plan.guarded };
}

/** By what the kernel tells virtual servers apart. */
export function serverKey({ address, port, protocol }: Pick<VirtualServer, 'address' | 'port' | 'protocol'>): string {
  return `${address}:${port}/${protocol}`;
}

interface Plan {
  readonly scheduler: Scheduler;
  readonly nodeIP: number | undefined;
  /** Every address of the node but those on kube-ipvs0 and on the loopback. */
  readonly nodeAddresses: ReadonlySet<string>;
  readonly nodePortIPs: readonly string[];
  readonly servers: Map<string, VirtualServer>;
  readonly bound: Set<string>;
  readonly sets: SetEntries;
  readonly guarded: Pick<VirtualServer, 'address' | 'port' | 'protocol'>[];
}

function planPort(plan: Plan, port: ServicePortInfo, endpoints: readonly EndpointInfo[], reachable: Reachable): void {
  const protocol = port.protocol.toLowerCase();
  const at = (address: string, number = port.number) => `${address},${protocol}:${number}`;
  // A pod that reaches itself through its Service is masqueraded, whether it is ready or not.
  for (const { ip, address, local } of endpoints) {
    if (local) plan.sets.add('KUBE-LOOP-BACK', `${ip},${protocol}:${address.slice(address.indexOf(':') + 1)},${ip}`);
  }

  plan.sets.add('KUBE-CLUSTER-IP', at(port.clusterIP));
  balance(plan, port, { address: port.clusterIP, port: port.number, bind: true, endpoints: behind(reachable, port.internalLocal) });

  const external = behind(reachable, port.externalLocal);
  for (const address of port.externalIPs) {
    plan.sets.add(port.externalLocal ? 'KUBE-EXTERNAL-IP-LOCAL' : 'KUBE-EXTERNAL-IP', at(address));
    balance(plan, port, { address, port: port.number, bind: !plan.nodeAddresses.has(address), endpoints: external });
  }
  for (const address of port.loadBalancerVIPs) {
    plan.sets.add('KUBE-LOAD-BALANCER', at(address));
    if (port.externalLocal) plan.sets.add('KUBE-LOAD-BALANCER-LOCAL', at(address));
    guard(plan, port, address, at(address));
    balance(plan, port, { address, port: port.number, bind: !plan.nodeAddresses.has(address), endpoints: external });
  }
  if (port.nodePort !== undefined) {
    // Without an address to answer on, kube-proxy leaves out all that comes after this, the health check too.
    if (plan.nodePortIPs.length === 0) return;
    const entries = port.protocol === 'SCTP' ? plan.nodePortIPs.map((address) => at(address, port.nodePort)) : [String(port.nodePort)];
    for (const entry of entries) {
      plan.sets.add(nodePortSets[port.protocol].all, entry);
      if (port.externalLocal) plan.sets.add(nodePortSets[port.protocol].local, entry);
    }
    for (const address of plan.nodePortIPs) balance(plan, port, { address, port: port.nodePort, bind: false, endpoints: external });
  }
  if (port.healthCheckNodePort !== undefined) plan.sets.add('KUBE-HEALTH-CHECK-NODE-PORT', String(port.healthCheckNodePort));
}

const nodePortSets: Readonly<Record<Protocol, { readonly all: SetName; readonly local: SetName }>> = {
  TCP: { all: 'KUBE-NODE-PORT-TCP', local: 'KUBE-NODE-PORT-LOCAL-TCP' },
  UDP: { all: 'KUBE-NODE-PORT-UDP', local: 'KUBE-NODE-PORT-LOCAL-UDP' },
  SCTP: { all: 'KUBE-NODE-PORT-SCTP-HASH', local: 'KUBE-NODE-PORT-LOCAL-SCTP-HASH' },
};

/** With policy Local and no endpoint here, kube-proxy falls back to those elsewhere: pods of this node may still use the address. */
function behind({ cluster, local }: Reachable, policyLocal: boolean): readonly EndpointInfo[] {
  return policyLocal && local.length > 0 ? local : cluster;
}

interface Balanced {
  readonly address: string;
  readonly port: number;
  readonly bind: boolean;
  readonly endpoints: readonly EndpointInfo[];
}

function balance(plan: Plan, service: ServicePortInfo, { address, port, bind, endpoints }: Balanced): void {
  const server: VirtualServer = {
    address,
    port,
    protocol: service.protocol,
    scheduler: plan.scheduler,
    persistentSeconds: service.stickySeconds,
    realServers: endpoints.map((endpoint) => endpoint.address).toSorted(),
  };
  plan.servers.set(serverKey(server), server);
  if (bind) plan.bound.add(address);
}

/** What `loadBalancerSourceRanges` lets in. */
function guard(plan: Plan, port: ServicePortInfo, address: string, entry: string): void {
  if (port.sourceRanges.length === 0) return;
  plan.sets.add('KUBE-LOAD-BALANCER-FW', entry);
  for (const range of port.sourceRanges) plan.sets.add('KUBE-LOAD-BALANCER-SOURCE-CIDR', `${entry},${range}`);
  const nodeIsAllowed = port.sourceRanges
    .map(parseIpv4Range)
    .some((range) => range !== undefined && plan.nodeIP !== undefined && rangeHolds(range, plan.nodeIP));
  // A node that owns the load balancer's address talks to it from that very address.
  if (nodeIsAllowed) plan.sets.add('KUBE-LOAD-BALANCER-SOURCE-IP', `${entry},${address}`);
  else plan.guarded.push({ address, port: port.number, protocol: port.protocol });
}

function nodeAddresses({ node }: IpvsInput): readonly string[] {
  const known = node.addresses ?? (node.ip === undefined ? [] : [node.ip]);
  const parsed = known.map(parseIpv4).filter((address) => address !== undefined);
  return [...new Set(parsed)].filter((address) => !rangeHolds(loopback, address)).map(formatIpv4);
}

const loopback = { base: 127 * 2 ** 24, bits: 8 };

/** The addresses on which node ports answer: never 127.0.0.0/8, whose packets ipvs cannot take. */
function nodePortIPs(input: IpvsInput): readonly string[] {
  const ranges = (input.nodePortAddresses ?? []).map(parseIpv4Range).filter((range) => range !== undefined);
  if (ranges.length === 0) return nodeAddresses(input);
  return nodeAddresses(input).filter((address) => ranges.some((range) => rangeHolds(range, parseIpv4(address) ?? 0)));
}
