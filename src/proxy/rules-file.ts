import type { KubeObject } from '../core/cluster.js';
import { UsageError } from '../core/errors.js';
import type { Node } from '../objects/kubernetes.js';
import { nodeRules } from './iptables/node-rules.js';
import { pickRulesObjects } from './rules-input.js';

export interface RulesFileInput {
  /** Services, EndpointSlices and Nodes; anything else is passed over. */
  readonly objects: readonly KubeObject[];
  readonly node: string;
  /** The node's InternalIP; taken from its Node object when left out. */
  readonly nodeIP?: string;
  /** The pods' range, `10.10.0.0/16`. Without it no rule masquerades by source, as when kube-proxy has no `--cluster-cidr`. */
  readonly clusterCIDR?: string;
}

/**
 * What a node of Kubernetes v1.31.0 holds for these objects, as text that `iptables-restore` loads into a fresh network namespace; there,
 * `iptables-save` shows what it shows on a real node. IPv4 only.
 * @throws UsageError when Nodes are given and none of them has this name.
 */
export function renderRulesFile({ objects, node, nodeIP, clusterCIDR }: RulesFileInput): string {
  const { nodes } = pickRulesObjects(objects);
  const found = nodes.find(({ metadata }) => metadata.name === node);
  if (found === undefined && nodes.length > 0) {
    throw new UsageError(`there is no node '${node}' in the objects`, {
      hint: `known: ${nodes.map(({ metadata }) => metadata.name).join(', ')}`,
    });
  }
  const ip = nodeIP ?? (found === undefined ? undefined : internalIP(found));
  return nodeRules({
    objects,
    node: { name: node, ...(ip === undefined ? {} : { ip }) },
    ...(clusterCIDR === undefined ? {} : { clusterCIDR }),
  });
}

/** The first InternalIP that is IPv4. */
function internalIP(node: Node): string | undefined {
  return node.status?.addresses?.find(({ type, address }) => type === 'InternalIP' && !address.includes(':'))?.address;
}
