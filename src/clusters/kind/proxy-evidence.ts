import type { KubeObject, ProxyMode } from '../../core/cluster.js';
import { UnmetError } from '../../core/errors.js';
import { isServiceChain } from '../../proxy/iptables/names.js';
import { iptablesRules } from '../../proxy/iptables/rules.js';
import { parseIpVs, serverText } from '../../proxy/ipvs/listing.js';
import { ipvsState } from '../../proxy/ipvs/state.js';
import { parseNftables } from '../../proxy/nftables/listing.js';
import { proxyTable } from '../../proxy/nftables/model.js';
import { isAffinitySet, isServiceChain as isNftablesChain } from '../../proxy/nftables/names.js';
import { nftablesRules } from '../../proxy/nftables/rules.js';

/** What a node shows of kube-proxy in one mode. Commands are typed beside the node. */
export interface ProxyEvidence {
  /** Lists what belongs to the Services; it may fail where there is nothing of the mode. */
  readonly listing: readonly string[];
  /** The Services' own chains in that listing, sorted, as one text. */
  found(listing: string): string;
  /** Those that kube-proxy should hold on a node. */
  wanted(objects: readonly KubeObject[], node: { readonly name: string; readonly ip: string }, clusterCIDR: string): string;
  /** Whether anything of the mode is left in that listing. */
  isThere(listing: string): boolean;
  /** Shows the handles of rules that a sync writes anew. */
  readonly handles: readonly string[];
}

/** The modes that a kind cluster has. */
const evidence: Readonly<Partial<Record<ProxyMode, ProxyEvidence>>> = {
  iptables: {
    listing: ['iptables-save', '-t', 'nat'],
    found: (save) => inOneText(chainsOf(save).filter(isServiceChain)),
    wanted: (objects, node, clusterCIDR) => inOneText(iptablesRules({ objects, node, clusterCIDR }).serviceChains),
    // KUBE-SERVICES is ipvs mode's too.
    isThere: (save) => chainsOf(save).some((chain) => chain === 'KUBE-NODEPORTS' || isServiceChain(chain)),
    handles: ['nft', '-s', '-a', 'list', 'chain', 'ip', 'nat', 'KUBE-SERVICES'],
  },
  nftables: {
    listing: ['nft', '-j', 'list', 'table', 'ip', 'kube-proxy'],
    found: (json) => inOneText(nftablesNames(json)),
    wanted: (objects, node, clusterCIDR) => {
      const { serviceChains, affinitySets } = nftablesRules({ objects, node, clusterCIDR });
      return inOneText([...serviceChains, ...affinitySets]);
    },
    isThere: (json) => json.trim() !== '',
    // A sync writes anew only what has changed; the elements of sets come and go with the packets.
    handles: ['nft', '-s', '-t', '-a', 'list', 'table', 'ip', 'kube-proxy'],
  },
  ipvs: {
    listing: ['cat', '/proc/net/ip_vs'],
    found: (text) => inOneText(parseIpVs(text).filter(isNoNodePort).map(serverText)),
    wanted: (objects, node, clusterCIDR) =>
      inOneText(ipvsState({ objects, node, clusterCIDR }).servers.filter(isNoNodePort).map(serverText)),
    isThere: (text) => parseIpVs(text).length > 0,
    // A sync writes all of its rules anew.
    handles: ['nft', '-s', '-a', 'list', 'chain', 'ip', 'nat', 'KUBE-SERVICES'],
  },
};

/** @throws UnmetError for a mode that a kind cluster has not. */
export function proxyEvidence(mode: ProxyMode): ProxyEvidence {
  const found = evidence[mode];
  if (found === undefined)
    throw new UnmetError(`a kind cluster has no proxy mode ${mode} here`, { hint: `it has ${Object.keys(evidence).join(', ')}` });
  return found;
}

/** The evidence of every mode but this one. */
export function otherEvidence(mode: ProxyMode): readonly ProxyEvidence[] {
  return Object.entries(evidence).flatMap(([name, one]) => (name === mode ? [] : [one]));
}

/** Node ports stand on every address of the node, which are not all known here (the API server's default `--service-node-port-range`). */
function isNoNodePort({ port }: { readonly port: number }): boolean {
  return port < 30_000 || port > 32_767;
}

function chainsOf(save: string): readonly string[] {
  return save.split('\n').flatMap((line) => /^:(\S+) /.exec(line)?.[1] ?? []);
}

/** Chains that Services need no more stand empty until kube-proxy's next sync (v1.31.0, pkg/proxy/nftables/proxier.go, staleChains). */
function nftablesNames(json: string): readonly string[] {
  if (json.trim() === '') return [];
  const table = proxyTable(parseNftables(json));
  const chains = (table?.chains ?? []).filter(({ name, rules }) => isNftablesChain(name) && rules.length > 0);
  return [...chains.map(({ name }) => name), ...(table?.sets ?? []).map(({ name }) => name).filter(isAffinitySet)];
}

function inOneText(names: readonly string[]): string {
  return [...new Set(names)].sort().join(' ');
}
