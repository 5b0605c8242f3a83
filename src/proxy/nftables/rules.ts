import type { KubeObject } from '../../core/cluster.js';
import { nodeServices, sameNodeLabels, unchangedServices } from '../node-services.js';
import { pickRulesObjects, type RulesObjects } from '../rules-input.js';
import { elementStore, serviceElements } from './elements.js';
import { isAffinitySet, isServiceChain } from './names.js';
import type { NftablesInput } from './options.js';
import { type ServiceChains, serviceChains, targetsOf } from './service-lines.js';
import { sharedLines } from './shared-lines.js';
import { type Element, freshChain, table } from './words.js';

/** What the kernel's table may already hold. */
export interface NftablesBefore {
  /** Names of the table's chains and sets now; those of Services that need them no more are emptied and deleted. */
  readonly existing?: { readonly chains: readonly string[]; readonly sets: readonly string[] };
  /** The objects that the table in the kernel was written for, by the same options: only what differs is then written. */
  readonly objects?: readonly KubeObject[];
}

export interface NftablesRules {
  /** One transaction, for `nft -f`. */
  readonly text: string;
  /**
   * The same lines in parts: what all Services share, each Service's port, and what goes. A part needs those of the Services before it as little as they
   * need it, so that many Services can be loaded in several transactions (`nftablesBatches`).
   */
  readonly shared: readonly string[];
  readonly services: readonly (readonly string[])[];
  readonly leftovers: readonly string[];
  /** The Services' own chains and sets that are in use afterwards: the next call's `existing`, with what is stale. */
  readonly serviceChains: readonly string[];
  readonly affinitySets: readonly string[];
  /**
   * Chains that this text empties and leaves behind. kube-proxy deletes them at a sync that comes a second later or more, in a transaction of its own: kernels
   * before 6.2 believe for a moment that a map's element that has just gone still leads there. See `deleteChainsText`.
   */
  readonly staleChains: readonly string[];
}

/**
 * What one sync of kube-proxy v1.31.0 in nftables mode gives to `nft -f -` on one node, for the table `ip kube-proxy` (pkg/proxy/nftables/proxier.go,
 * syncProxyRules). kube-proxy takes Services in any order; here they come by namespace and name.
 */
export function nftablesRules(input: NftablesInput, before: NftablesBefore = {}): NftablesRules {
  const now = pickRulesObjects(input.objects);
  const old = before.objects === undefined ? undefined : pickRulesObjects(before.objects);
  const partial = old !== undefined && sameNodeLabels(old, now, input.node.name);
  const unchanged = partial ? unchangedServices(old, now) : () => false;

  const described = describe(input, now);
  const earlier = old === undefined ? [] : describe(input, old);
  const store = elementStore(partial ? earlier.flatMap(({ elements }) => elements) : []);
  const services = described.map(({ path, chains, elements }) => {
    const kept = unchanged(path);
    return [
      ...(kept ? [] : chains.chains.flatMap(freshChain)),
      ...elements.flatMap((element) => store.ensure(element)),
      ...(kept ? [] : chains.rules),
    ];
  });

  const used = { chains: described.flatMap((one) => one.chains.chains), sets: described.flatMap((one) => one.chains.affinitySets) };
  const stale = {
    chains: gone([...(before.existing?.chains ?? []), ...earlier.flatMap((one) => one.chains.chains)].filter(isServiceChain), used.chains),
    sets: gone([...(before.existing?.sets ?? []), ...earlier.flatMap((one) => one.chains.affinitySets)].filter(isAffinitySet), used.sets),
  };
  const shared = partial ? [] : sharedLines(input, old === undefined);
  const leftovers = [
    ...stale.chains.map((name) => `flush chain ${table} ${name}`),
    ...stale.sets.map((name) => `delete set ${table} ${name}`),
    ...store.dropRest(),
  ];
  return {
    ...{ shared, services, leftovers },
    text: textOf([...shared, ...services.flat(), ...leftovers]),
    serviceChains: used.chains,
    affinitySets: used.sets,
    staleChains: stale.chains,
  };
}

/**
 * The same as `text`, in several transactions: the kernel's work for one transaction grows faster than its size. Until the last one is loaded, some Services
 * are missing, which kube-proxy's single transaction avoids.
 * @param size Service ports in one transaction.
 */
export function nftablesBatches({ shared, services, leftovers }: NftablesRules, size: number): readonly string[] {
  const parts = Array.from({ length: Math.ceil(services.length / size) }, (_, index) => services.slice(index * size, (index + 1) * size));
  return [textOf(shared), ...parts.map((part) => textOf(part.flat())), textOf(leftovers)].filter((text) => text !== '');
}

/** Deletes chains that an earlier text has emptied. */
export function deleteChainsText(chains: readonly string[]): string {
  return textOf(chains.map((name) => `delete chain ${table} ${name}`));
}

/** Takes the whole table away, as kube-proxy does when it starts in another mode (`CleanupLeftovers`); nft refuses it where there is none. */
export const deleteTableText = `delete table ${table}\n`;

interface Described {
  readonly path: string;
  readonly chains: ServiceChains;
  readonly elements: readonly Element[];
}

function describe(input: NftablesInput, objects: RulesObjects): readonly Described[] {
  return nodeServices(input, objects).map(({ path, port, reachable }) => {
    const targets = targetsOf(port, reachable);
    return {
      path,
      chains: serviceChains(port, reachable, targets, input),
      elements: serviceElements(port, reachable, targets),
    };
  });
}

function gone(earlier: readonly string[], used: readonly string[]): readonly string[] {
  const kept = new Set(used);
  return [...new Set(earlier)].filter((name) => !kept.has(name));
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
