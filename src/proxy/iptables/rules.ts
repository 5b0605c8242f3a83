import type { KubeObject } from '../../core/cluster.js';
import { nodePortAddresses } from '../node-port-addresses.js';
import { nodeServices, sameNodeLabels, unchangedServices } from '../node-services.js';
import { pickRulesObjects, type RulesObjects } from '../rules-input.js';
import { martianRule } from './kubelet.js';
import { isServiceChain } from './names.js';
import type { IptablesInput } from './options.js';
import { type RestoreTable, restoreText } from './restore.js';
import { type ServiceContext, type ServiceText, serviceText } from './service-rules-text.js';

/** What the kernel's nat table may already hold. */
export interface Before {
  /** Chain names of the nat table now; those of Services that need them no more are deleted. */
  readonly existingChains?: readonly string[];
  /** The objects that the rules in the kernel were written for: chains of Services that did not change are then left as they are. */
  readonly objects?: readonly KubeObject[];
}

export interface IptablesRules {
  /** An `iptables-restore --noflush` input, the filter table and then the nat table. */
  readonly text: string;
  readonly tables: readonly RestoreTable[];
  /** The Services' own chains of the nat table that are in use afterwards: the next call's `existingChains`. */
  readonly serviceChains: readonly string[];
}

/**
 * What one sync of kube-proxy v1.31.0 in iptables mode gives to iptables-restore on one node (pkg/proxy/iptables/proxier.go, syncProxyRules).
 * kube-proxy takes Services in any order; here they come by namespace and name. The jumps from the kernel's chains and the canary chains,
 * which kube-proxy makes by other commands, are not in it: see `nodeRules`.
 */
export function iptablesRules(input: IptablesInput, before: Before = {}): IptablesRules {
  const now = pickRulesObjects(input.objects);
  const services = describeServices(input, now);
  const unchanged = before.objects === undefined ? () => false : unchangedOn(input.node.name, pickRulesObjects(before.objects), now);

  const serviceChains = services.flatMap(({ text }) => text.chains);
  const rewritten = services.map(({ path, text }) => (unchanged(path) ? { ...text, chains: [], chainRules: [] } : text));
  const earlier = [
    ...(before.existingChains ?? []),
    ...(before.objects === undefined ? [] : chainsFor({ ...input, objects: before.objects })),
  ];
  const active = new Set(serviceChains);
  const stale = [...new Set(earlier)].filter((chain) => isServiceChain(chain) && !active.has(chain));

  const tables: readonly RestoreTable[] = [filterTable(input, rewritten), natTable(input, rewritten, stale)];
  return { text: restoreText(tables), tables, serviceChains };
}

/** Beyond this many endpoints kube-proxy leaves comments out, to save the kernel's memory (largeClusterEndpointsThreshold). */
const manyEndpoints = 1000;

const masqueradeMark = '0x00004000';

interface DescribedService {
  /** `namespace/name`. */
  readonly path: string;
  readonly text: ServiceText;
}

function chainsFor(input: IptablesInput): readonly string[] {
  return describeServices(input, pickRulesObjects(input.objects)).flatMap(({ text }) => text.chains);
}

function describeServices(input: IptablesInput, objects: RulesObjects): readonly DescribedService[] {
  const services = nodeServices(input, objects);
  const context: ServiceContext = {
    clusterCIDR: input.clusterCIDR || undefined,
    masqueradeAll: input.masqueradeAll ?? false,
    nodeIP: input.node.ip,
    nfacctLocalhost: (input.nfacct ?? false) && localhostNodePorts(input),
    endpointComments: services.reduce((sum, { known }) => sum + known, 0) <= manyEndpoints,
  };
  return services.map(({ path, port, reachable }) => ({ path, text: serviceText(port, reachable, context) }));
}

function unchangedOn(node: string, old: RulesObjects, now: RulesObjects): (path: string) => boolean {
  return sameNodeLabels(old, now, node) ? unchangedServices(old, now) : () => false;
}

function filterTable(input: IptablesInput, services: readonly ServiceText[]): RestoreTable {
  const local = localhostNodePorts(input);
  const counted = input.nfacct ? ' -m nfacct --nfacct-name ct_state_invalid_dropped_pkts' : '';
  return {
    table: 'filter',
    chains: [
      ...['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FORWARD', 'KUBE-NODEPORTS', 'KUBE-PROXY-FIREWALL'],
      ...(local ? ['KUBE-FIREWALL'] : []),
    ],
    rules: [
      ...(local ? [martianRule] : []),
      ...services.flatMap(({ filter }) => filter),
      ...(input.conntrackTcpLiberal ? [] : [`-A KUBE-FORWARD -m conntrack --ctstate INVALID${counted} -j DROP`]),
      `-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark ${masqueradeMark}/${masqueradeMark} -j ACCEPT`,
      '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ],
  };
}

function natTable(input: IptablesInput, services: readonly ServiceText[], stale: readonly string[]): RestoreTable {
  return {
    table: 'nat',
    chains: [
      ...['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ'],
      ...services.flatMap(({ chains }) => chains),
      // Declaring a chain empties it, and only an empty chain can be deleted.
      ...stale,
    ],
    rules: [
      `-A KUBE-POSTROUTING -m mark ! --mark ${masqueradeMark}/${masqueradeMark} -j RETURN`,
      `-A KUBE-POSTROUTING -j MARK --xor-mark ${masqueradeMark}`,
      '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
      `-A KUBE-MARK-MASQ -j MARK --or-mark ${masqueradeMark}`,
      ...services.flatMap(({ nat, chainRules }) => [...nat, ...chainRules]),
      ...stale.map((chain) => `-X ${chain}`),
      ...nodePortJumps(input),
    ],
  };
}

/** Must come last in KUBE-SERVICES: a ClusterIP wins over a node port. */
function nodePortJumps(input: IptablesInput): readonly string[] {
  const jump = (match: string) =>
    `-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" ${match} -j KUBE-NODEPORTS`;
  const { all, ofNode } = nodePortAddresses(input.nodePortAddresses ?? [], input.node);
  if (all) return [jump(`-m addrtype --dst-type LOCAL${localhostNodePorts(input) ? '' : ' ! -d 127.0.0.0/8'}`)];
  return ofNode.filter((address) => localhostNodePorts(input) || !address.startsWith('127.')).map((address) => jump(`-d ${address}`));
}

/** The setting has no effect where the node ports' ranges leave 127.0.0.0/8 out (pkg/proxy/util/nodeport_addresses.go). */
function localhostNodePorts(input: IptablesInput): boolean {
  return (input.localhostNodePorts ?? true) && nodePortAddresses(input.nodePortAddresses ?? [], input.node).loopback;
}
