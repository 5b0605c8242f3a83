import { EnvironmentError } from '../core/errors.js';
import { isNode } from '../objects/guards.js';
import { inFixedOrder, type LoadedChains, loadedChains } from '../proxy/iptables/loaded.js';
import { kubeletRules, nodeRules } from '../proxy/iptables/node-rules.js';
import { listedInWords, type TableInWords, writtenInWords } from '../proxy/nftables/in-words.js';
import { readNftables } from '../proxy/nftables/listing.js';
import { proxyTable } from '../proxy/nftables/model.js';
import { isAffinitySet } from '../proxy/nftables/names.js';
import { nftablesRules } from '../proxy/nftables/rules.js';
import { allowedBesidePredicted } from './allowed.js';
import { ownedChain } from './canonical-rules.js';
import { type Compared, compareSections, mergeCompared } from './difference.js';
import type { ClusterReading, NodeReading } from './reading.js';
import { type Roles, rolesOf } from './roles.js';
import type { Sections } from './sections.js';

/** The side that our own functions stand for. */
const predictedSide = 'predicted';

/**
 * Holds what kube-proxy and the kubelet wrote on every node against what `src/proxy` makes of the very objects of this cluster: real addresses on both
 * sides, so the order of endpoints counts too. Nothing is allowed to differ but the order of Services, and in nftables mode what `allowedBesidePredicted` says.
 */
export function comparePredicted(reading: ClusterReading): Compared {
  const roles = rolesOf(reading.objects, reading.podSubnet);
  const sides = [reading.provider, predictedSide] as const;
  return mergeCompared(
    reading.nodes.flatMap((node) => {
      const place = `node/${node.node}`;
      const input = inputOf(reading, node);
      const chains = sectionsOf(kubeChains(loadedChains(node.rules)), roles);
      if (node.nftables === undefined) return [compareSections(place, sides, chains, sectionsOf(loadedChains(nodeRules(input)), roles))];
      const allowed = allowedBesidePredicted(reading.provider);
      const { text } = nftablesRules({ ...input, serviceCIDRs: reading.serviceCIDRs ?? [] });
      const table = listedTable(node.nftables, place);
      return [
        compareSections(place, sides, chains, sectionsOf(loadedChains(kubeletRules()), roles), allowed),
        compareSections(place, sides, table, nftSections(writtenInWords([text])), allowed),
      ];
    }),
  );
}

function inputOf({ objects, podSubnet }: ClusterReading, { node, rules }: NodeReading) {
  const object = objects.filter(isNode).find(({ metadata }) => metadata.name === node);
  const ip = object?.status?.addresses?.find(({ type, address }) => type === 'InternalIP' && !address.includes(':'))?.address;
  return {
    objects,
    node: { name: node, ...(ip === undefined ? {} : { ip }) },
    clusterCIDR: podSubnet,
    // Where the kernel has it: kube-proxy asks at its start.
    nfacct: rules.includes('--nfacct-name'),
  };
}

/** @throws EnvironmentError for what `nft -j` does not print. */
function listedTable(json: string, place: string): Sections {
  const reading = readNftables(json);
  if (!reading.sound) throw new EnvironmentError(`${place}: ${reading.why.en}`);
  const table = proxyTable(reading.ruleset);
  if (table === undefined) throw new EnvironmentError(`${place}: nft lists no table ip kube-proxy`);
  return nftSections(listedInWords(table));
}

/** What clients left in a set of session affinity comes from their requests, not from the objects. */
function nftSections(table: TableInWords): Sections {
  return new Map(
    Object.entries(table).map(([key, [declared = '', ...content]]) => {
      const shown = `(declared)${declared === '' ? '' : ` ${declared}`}`;
      return [`nftables ${key}`, isAffinitySet(key.replace(/^set /, '')) ? [shown] : [shown, ...content]] as const;
    }),
  );
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
