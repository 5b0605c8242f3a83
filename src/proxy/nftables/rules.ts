import type { KubeObject } from '../../core/cluster.js';
import { cut } from '../cut.js';
import { nodeServices, sameNodeLabels, unchangedServices } from '../node-services.js';
import { remembered } from '../remembered.js';
import { pickRulesObjects, type RulesObjects } from '../rules-input.js';
import { elementStore, serviceElements } from './elements.js';
import { isAffinitySet, isServiceChain } from './names.js';
import { isSpoken } from './netlink/spoken.js';
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
   * need it, so that many Services can be loaded in several transactions (`nftablesStages`).
   */
  readonly shared: readonly string[];
  readonly services: readonly ServicePart[];
  readonly leftovers: readonly string[];
  /** The Services' own chains and sets that are in use afterwards: the next call's `existing`, with what is stale. */
  readonly serviceChains: readonly string[];
  readonly affinitySets: readonly string[];
  /**
   * Chains that this text empties and leaves behind. kube-proxy deletes them at a sync that comes a second later or more, in a transaction of its own: kernels
   * before 6.2 believe for a moment that a map's element that has just gone still leads there. See `deleteChains`.
   */
  readonly staleChains: readonly string[];
}

export interface ServicePart {
  readonly lines: readonly string[];
  /** Whether none of the port's chains was there before. */
  readonly fresh: boolean;
}

/**
 * A step of a load in several transactions: a text for `nft -f`, in pieces that can each be a transaction of its own, or lines that are said to the kernel without nft
 * (`transactions`).
 */
export type LoadStage =
  | { readonly kind: 'text'; readonly pieces: readonly string[] }
  | { readonly kind: 'spoken'; readonly lines: readonly string[] };

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
  const known = new Set([...(before.existing?.chains ?? []), ...earlier.flatMap((one) => one.chains.chains)]);
  const store = elementStore(partial ? earlier.flatMap(({ elements }) => elements) : []);
  const services = described.map(({ path, chains, elements }) => {
    const kept = unchanged(path);
    return {
      lines: [
        ...(kept ? [] : chains.chains.flatMap(freshChain)),
        ...elements.flatMap((element) => store.ensure(element)),
        ...(kept ? [] : chains.rules),
      ],
      fresh: !chains.chains.some((chain) => known.has(chain)),
    };
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
    text: textOf([...shared, ...services.flatMap(({ lines }) => lines), ...leftovers]),
    serviceChains: used.chains,
    affinitySets: used.sets,
    staleChains: stale.chains,
  };
}

/**
 * The same as `text`, in several transactions: the kernel's work for one transaction grows faster than its size. Until the last stage is loaded, some Services do
 * not answer, which kube-proxy's single transaction avoids.
 * @param size Service ports in one text.
 */
export function nftablesStages({ shared, services, leftovers }: NftablesRules, size: number): readonly LoadStage[] {
  const isSaid = ({ lines, fresh }: ServicePart): boolean => fresh && lines.every(isSpoken);
  const others = services.filter((service) => !isSaid(service) && service.lines.length > 0);
  const texts = [
    ...(shared.length === 0 ? [] : [[textOf(shared)]]),
    ...cut(others, size).map((part) => part.map(({ lines }) => textOf(lines))),
    // A port has about as many lines.
    ...cut(leftovers, size * 8).map((part) => part.map((line) => textOf([line]))),
  ];
  const said = services.filter(isSaid).flatMap(({ lines }) => lines);
  return [
    ...texts.map((pieces): LoadStage => ({ kind: 'text', pieces })),
    ...(said.length === 0 ? [] : [{ kind: 'spoken' as const, lines: said.toSorted((one, other) => rank(one) - rank(other)) }]),
  ];
}

/**
 * At every transaction the kernel looks through all that its hooks lead to (net/netfilter/nf_tables_api.c, nft_table_validate), so what leads to the chains comes last. For each
 * map of a draw it looks through the transaction itself (__nft_set_trans_bind): the draws have theirs to themselves.
 */
function rank(line: string): number {
  if (line.startsWith(`add element ${table} `)) return 2;
  return line.includes(' numgen random ') ? 1 : 0;
}

/** Deletes chains that an earlier text has emptied, a piece each. */
export function deleteChains(chains: readonly string[]): readonly string[] {
  return chains.map((name) => textOf([`delete chain ${table} ${name}`]));
}

/** Takes the whole table away, as kube-proxy does when it starts in another mode (`CleanupLeftovers`); nft refuses it where there is none. */
export const deleteTableText = `delete table ${table}\n`;

interface Described {
  readonly path: string;
  readonly chains: ServiceChains;
  readonly elements: readonly Element[];
}

function describe({ objects: _objects, ...settings }: NftablesInput, objects: RulesObjects): readonly Described[] {
  return described(objects, settings);
}

const described = remembered((objects: RulesObjects, settings: Omit<NftablesInput, 'objects'>): readonly Described[] => {
  const input = { ...settings, objects: [] };
  return nodeServices(input, objects).map(({ path, port, reachable }) => {
    const targets = targetsOf(port, reachable);
    return {
      path,
      chains: serviceChains(port, reachable, targets, input),
      elements: serviceElements(port, reachable, targets),
    };
  });
}, JSON.stringify);

function gone(earlier: readonly string[], used: readonly string[]): readonly string[] {
  const kept = new Set(used);
  return [...new Set(earlier)].filter((name) => !kept.has(name));
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
