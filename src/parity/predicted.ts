import { isNode } from '../objects/guards.js';
import { inFixedOrder, type LoadedChains, loadedChains } from '../proxy/iptables/loaded.js';
import { nodeRules } from '../proxy/iptables/node-rules.js';
import { ownedChain } from './canonical-rules.js';
import { type Compared, compareSections, mergeCompared } from './difference.js';
import type { ClusterReading, NodeReading } from './reading.js';
import { type Roles, rolesOf } from './roles.js';
import type { Sections } from './sections.js';

/** The side that our own functions stand for. */
const predictedSide = 'predicted';

/**
 * Holds what kube-proxy and the kubelet wrote on every node against what `src/proxy` makes of the very objects of this cluster: real addresses on both
 * sides, so the order of endpoints counts too. Nothing is allowed to differ but the order of Services.
 */
export function comparePredicted(reading: ClusterReading): Compared {
  const roles = rolesOf(reading.objects, reading.podSubnet);
  return mergeCompared(
    reading.nodes.map((node) =>
      compareSections(
        `node/${node.node}`,
        [reading.provider, predictedSide],
        sectionsOf(kubeChains(loadedChains(node.rules)), roles),
        sectionsOf(loadedChains(predictedRules(reading, node)), roles),
      ),
    ),
  );
}

function predictedRules(reading: ClusterReading, { node, rules }: NodeReading): string {
  const object = reading.objects.filter(isNode).find(({ metadata }) => metadata.name === node);
  const ip = object?.status?.addresses?.find(({ type, address }) => type === 'InternalIP' && !address.includes(':'))?.address;
  return nodeRules({
    objects: reading.objects,
    node: { name: node, ...(ip === undefined ? {} : { ip }) },
    clusterCIDR: reading.podSubnet,
    // Where the kernel has it: kube-proxy asks at its start.
    nfacct: rules.includes('--nfacct-name'),
  });
}

/** The chains of kube-proxy and the kubelet, and the jumps to them from the kernel's chains; the rest is kindnet's and Docker's. */
function kubeChains(chains: LoadedChains): LoadedChains {
  return new Map(
    [...chains].flatMap(([key, rules]) => {
      const kube = key.includes(' KUBE-') ? rules : rules.filter((rule) => / -j KUBE-/.test(rule));
      return kube.length > 0 || key.includes(' KUBE-') ? [[key, kube] as const] : [];
    }),
  );
}

function sectionsOf(chains: LoadedChains, roles: Roles): Sections {
  return new Map(
    [...chains].map(([key, rules]) => {
      const [table = '', chain = ''] = key.split(' ');
      // The first line stands for the chain itself, which may hold no rule.
      return [`${table} ${ownedChain(chain, roles)}`, ['(the chain)', ...inFixedOrder(chain, rules)]] as const;
    }),
  );
}
