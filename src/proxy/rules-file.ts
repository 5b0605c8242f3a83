import type { KubeObject, ProxyMode } from '../core/cluster.js';
import { UsageError } from '../core/errors.js';
import { Registry } from '../core/registry.js';
import type { Node } from '../objects/kubernetes.js';
import { nodeRules } from './iptables/node-rules.js';
import { ipvsNode, ipvsScript } from './ipvs/node.js';
import { type IpvsInput, type Scheduler, schedulers } from './ipvs/options.js';
import type { NftablesInput } from './nftables/options.js';
import { nftablesRules } from './nftables/rules.js';
import { pickRulesObjects } from './rules-input.js';

export interface RulesFileInput {
  /** Services, EndpointSlices and Nodes; anything else is passed over. */
  readonly objects: readonly KubeObject[];
  readonly node: string;
  /** The node's InternalIP; taken from its Node object when left out. */
  readonly nodeIP?: string;
  /** The pods' range, `10.10.0.0/16`. Without it no rule masquerades by source, as when kube-proxy has no `--cluster-cidr`. */
  readonly clusterCIDR?: string;
  /** The ranges of ClusterIPs, where kube-proxy is told of them. */
  readonly serviceCIDRs?: readonly string[];
  /** `iptables` unless said. */
  readonly proxyMode?: string;
  /** Of ipvs mode; `rr` unless said. */
  readonly scheduler?: string;
}

/** One mode of kube-proxy as a text that a program of the kernel's tables loads. */
interface RulesMode {
  readonly kind: ProxyMode;
  readonly render: (input: NftablesInput & IpvsInput) => string;
}

/** The modes that `svclab rules` knows. */
const rulesModes = new Registry<RulesMode>('proxy mode', [
  { kind: 'iptables', render: (input) => nodeRules(input) },
  { kind: 'nftables', render: (input) => nftablesRules(input).text },
  { kind: 'ipvs', render: (input) => ipvsScript(ipvsNode(input)) },
]);

export const rulesModeNames = rulesModes.kinds;

/**
 * What a node of Kubernetes v1.31.0 holds for these objects. In iptables mode the text loads through `iptables-restore` into a fresh network namespace, where
 * `iptables-save` then shows what it shows on a real node; in nftables mode it is kube-proxy's own table, for `nft -f`; in ipvs mode a shell
 * script of four texts, for `ip`, `ipset`, `iptables-restore` and `ipvsadm`. IPv4 only.
 * @throws UsageError when Nodes are given and none of them has this name, and for a mode or a scheduler that is not known.
 */
export function renderRulesFile(input: RulesFileInput): string {
  const { objects, node, nodeIP, clusterCIDR, serviceCIDRs } = input;
  const mode = rulesModes.get(input.proxyMode ?? 'iptables');
  const { nodes } = pickRulesObjects(objects);
  const found = nodes.find(({ metadata }) => metadata.name === node);
  if (found === undefined && nodes.length > 0) {
    throw new UsageError(`there is no node '${node}' in the objects`, {
      hint: `known: ${nodes.map(({ metadata }) => metadata.name).join(', ')}`,
    });
  }
  const ip = nodeIP ?? (found === undefined ? undefined : internalIP(found));
  return mode.render({
    objects,
    node: { name: node, ...(ip === undefined ? {} : { ip }) },
    ...(clusterCIDR === undefined ? {} : { clusterCIDR }),
    ...(serviceCIDRs === undefined ? {} : { serviceCIDRs }),
    ...(input.scheduler === undefined ? {} : { scheduler: schedulerOf(input.scheduler) }),
  });
}

function schedulerOf(name: string): Scheduler {
  const found = schedulers.find((one) => one === name);
  if (found === undefined) throw new UsageError(`there is no scheduler '${name}'`, { hint: `known: ${schedulers.join(', ')}` });
  return found;
}

/** The first InternalIP that is IPv4. */
function internalIP(node: Node): string | undefined {
  return node.status?.addresses?.find(({ type, address }) => type === 'InternalIP' && !address.includes(':'))?.address;
}
