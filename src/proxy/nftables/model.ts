import type { Counters } from '../model.js';

/** What `nft -a -j list ruleset`, or `list table`, shows: the tables of every family. */
export interface NftRuleset {
  readonly tables: readonly NftTable[];
}

export interface NftTable {
  readonly family: string;
  readonly name: string;
  /** Another one as soon as the table is made anew. */
  readonly handle: number;
  readonly chains: readonly NftChain[];
  readonly sets: readonly NftSet[];
  /** A set whose elements have values. */
  readonly maps: readonly NftSet[];
}

export interface NftChain {
  readonly name: string;
  /** Of a chain that the kernel itself asks; undefined for one that only rules lead to. */
  readonly base: { readonly type: string; readonly hook: string; readonly priority: number; readonly policy: string } | undefined;
  readonly rules: readonly NftRule[];
}

export interface NftRule {
  readonly chain: string;
  /** The kernel's name for this very rule, given anew whenever a rule is written anew. */
  readonly handle: number;
  /** The rule in nft's words, as `nft list` shows it but for the comment; a counter is only `counter`. */
  readonly spec: string;
  readonly comment: string | undefined;
  /** One word or object each, as JSON has them (libnftables-json(5)). */
  readonly expressions: readonly unknown[];
  /** Undefined for a rule that does not count: kube-proxy v1.31's do not. */
  readonly counters: Counters | undefined;
}

export interface NftSet {
  readonly name: string;
  /** `ipv4_addr . inet_proto . inet_service`. */
  readonly type: string;
  readonly flags: readonly string[];
  /** Seconds that an element stays, unless it says otherwise. */
  readonly timeout: number | undefined;
  readonly elements: readonly NftElement[];
}

export interface NftElement {
  /** `10.200.1.1 . tcp . 443`. */
  readonly key: string;
  /** `goto service-...`, `drop`; undefined in a set. */
  readonly value: string | undefined;
  readonly comment: string | undefined;
  /** Seconds until it goes by itself. */
  readonly expires: number | undefined;
}

/** kube-proxy's table, where there is one. */
export function proxyTable({ tables }: NftRuleset): NftTable | undefined {
  return tables.find(({ family, name }) => family === 'ip' && name === 'kube-proxy');
}

/** The rules of one chain, in order; none when the chain is not there. */
export function nftRulesOf(table: NftTable | undefined, chain: string): readonly NftRule[] {
  return table?.chains.find(({ name }) => name === chain)?.rules ?? [];
}
