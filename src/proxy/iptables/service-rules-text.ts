import type { Reachable } from '../reachable.js';
import { servicePortName } from '../service-port-name.js';
import { isExternal, type ServicePortInfo, usesClusterEndpoints, usesLocalEndpoints } from '../service-ports.js';
import { endpointRules, spreadRules } from './endpoint-rules-text.js';
import { firewallRules } from './firewall-rules-text.js';
import { endpointChain, firewallChain, serviceChain, serviceExternalChain, serviceLocalChain } from './names.js';

/** What one node adds to every Service's rules. */
export interface ServiceContext {
  readonly clusterCIDR: string | undefined;
  readonly masqueradeAll: boolean;
  readonly nodeIP: string | undefined;
  /** Also count connections to node ports of 127.0.0.0/8 by nfacct. */
  readonly nfacctLocalhost: boolean;
  /** Beyond 1,000 endpoints kube-proxy leaves the endpoints' comments out. */
  readonly endpointComments: boolean;
}

/** The lines of one Service port, in the order in which kube-proxy writes them. */
export interface ServiceText {
  /** Rules in the chains that all Services share. */
  readonly nat: readonly string[];
  readonly filter: readonly string[];
  /** The Service's own chains of the nat table, and what is in them. */
  readonly chains: readonly string[];
  readonly chainRules: readonly string[];
}

/** kube-proxy v1.31.0, pkg/proxy/iptables/proxier.go, syncProxyRules. */
export function serviceText(port: ServicePortInfo, reachable: Reachable, context: ServiceContext): ServiceText {
  const plan = planOf(port, reachable);
  return { ...portalRules(plan, context), ...ownChains(plan, context) };
}

interface Plan {
  readonly port: ServicePortInfo;
  readonly reachable: Reachable;
  readonly name: string;
  /** `-m tcp -p tcp`. */
  readonly protocol: string;
  /** Where traffic to the ClusterIP goes; undefined when it is refused. */
  readonly internal: string | undefined;
  readonly external: string;
  /** Where external traffic goes that is not short-circuited; undefined when it is refused. */
  readonly externalPolicy: string | undefined;
  readonly firewall: string | undefined;
}

function planOf(port: ServicePortInfo, reachable: Reachable): Plan {
  const protocol = port.protocol.toLowerCase();
  const target = (local: boolean): string | undefined => {
    if (local) return reachable.any && reachable.local.length > 0 ? serviceLocalChain(port) : undefined;
    return reachable.any ? serviceChain(port) : undefined;
  };
  return {
    port,
    reachable,
    name: servicePortName(port),
    protocol: `-m ${protocol} -p ${protocol}`,
    internal: target(port.internalLocal),
    external: serviceExternalChain(port),
    externalPolicy: target(port.externalLocal),
    firewall: reachable.any && port.loadBalancerVIPs.length > 0 && port.sourceRanges.length > 0 ? firewallChain(port) : undefined,
  };
}

function portalRules(plan: Plan, context: ServiceContext): Pick<ServiceText, 'nat' | 'filter'> {
  const { port, name, protocol, external } = plan;
  const { any } = plan.reachable;
  const to = (address: string) => `${protocol} -d ${address} --dport ${port.number}`;
  const refusal = any
    ? { comment: `"${name} has no local endpoints"`, target: 'DROP' }
    : { comment: `"${name} has no endpoints"`, target: 'REJECT' };
  const nat: string[] = [];
  const filter: string[] = [];
  const capture = (what: string, address: string, chain: string) => {
    nat.push(`-A KUBE-SERVICES -m comment --comment "${name} ${what}" ${to(address)} -j ${chain}`);
  };
  const refuseExternal = (match: string) => {
    if (plan.externalPolicy === undefined)
      filter.push(`-A KUBE-EXTERNAL-SERVICES -m comment --comment ${refusal.comment} ${match} -j ${refusal.target}`);
  };

  if (plan.internal !== undefined) capture('cluster IP', port.clusterIP, plan.internal);
  else filter.push(`-A KUBE-SERVICES -m comment --comment ${refusal.comment} ${to(port.clusterIP)} -j ${refusal.target}`);

  for (const address of port.externalIPs) {
    if (any) capture('external IP', address, external);
    refuseExternal(to(address));
  }
  for (const address of port.loadBalancerVIPs) {
    if (any) capture('loadbalancer IP', address, plan.firewall ?? external);
    if (plan.firewall !== undefined) {
      filter.push(`-A KUBE-PROXY-FIREWALL -m comment --comment "${name} traffic not accepted by ${plan.firewall}" ${to(address)} -j DROP`);
    }
  }
  for (const address of port.loadBalancerVIPs) refuseExternal(to(address));

  if (port.nodePort !== undefined) {
    const match = `${protocol} --dport ${port.nodePort}`;
    if (any && context.nfacctLocalhost) {
      const counted = `${protocol} -d 127.0.0.0/8 --dport ${port.nodePort} -m nfacct --nfacct-name localhost_nps_accepted_pkts`;
      nat.push(`-A KUBE-NODEPORTS -m comment --comment ${name} ${counted} -j ${external}`);
    }
    if (any) nat.push(`-A KUBE-NODEPORTS -m comment --comment ${name} ${match} -j ${external}`);
    refuseExternal(`-m addrtype --dst-type LOCAL ${match}`);
  }
  if (port.healthCheckNodePort !== undefined) {
    const match = `-m tcp -p tcp --dport ${port.healthCheckNodePort}`;
    filter.push(`-A KUBE-NODEPORTS -m comment --comment "${name} health check node port" ${match} -j ACCEPT`);
  }
  return { nat, filter };
}

function ownChains(plan: Plan, context: ServiceContext): Pick<ServiceText, 'chains' | 'chainRules'> {
  const { port, name, reachable, external, firewall } = plan;
  const chains: string[] = [];
  const chainRules: string[] = [];

  if (plan.internal !== undefined) {
    const notPods = context.masqueradeAll ? '' : context.clusterCIDR && `! -s ${context.clusterCIDR} `;
    const match = `-m comment --comment "${name} cluster IP" ${plan.protocol} -d ${port.clusterIP} --dport ${port.number}`;
    if (notPods !== undefined) chainRules.push(`-A ${plan.internal} ${match} ${notPods}-j KUBE-MARK-MASQ`);
  }
  if (reachable.any && isExternal(port)) {
    chains.push(external);
    chainRules.push(...externalRules(plan, context));
  }
  if (firewall !== undefined) {
    chains.push(firewall);
    chainRules.push(...firewallRules(port, context.nodeIP));
  }
  for (const [chain, endpoints, used] of [
    [serviceChain(port), reachable.cluster, usesClusterEndpoints(port)],
    [serviceLocalChain(port), reachable.local, usesLocalEndpoints(port)],
  ] as const) {
    if (!used || endpoints.length === 0) continue;
    chains.push(chain);
    chainRules.push(...spreadRules(port, chain, endpoints, context.endpointComments));
  }
  for (const endpoint of reachable.all) {
    chains.push(endpointChain(port, endpoint.address));
    chainRules.push(...endpointRules(port, endpoint, context.endpointComments));
  }
  return { chains, chainRules };
}

/** With policy Local, pods and the node itself still reach every endpoint: they never left the cluster. */
function externalRules(plan: Plan, context: ServiceContext): readonly string[] {
  const { port, name, external, externalPolicy } = plan;
  const line = (comment: string, rest: string) =>
    `-A ${external} -m comment --comment "${comment} for ${name} external destinations" ${rest}`;
  const onwards = externalPolicy === undefined ? [] : [`-A ${external} -j ${externalPolicy}`];
  if (!port.externalLocal) return [line('masquerade traffic', '-j KUBE-MARK-MASQ'), ...onwards];
  return [
    ...(context.clusterCIDR ? [line('pod traffic', `-s ${context.clusterCIDR} -j ${serviceChain(port)}`)] : []),
    line('masquerade LOCAL traffic', '-m addrtype --src-type LOCAL -j KUBE-MARK-MASQ'),
    line('route LOCAL traffic', `-m addrtype --src-type LOCAL -j ${serviceChain(port)}`),
    ...onwards,
  ];
}
