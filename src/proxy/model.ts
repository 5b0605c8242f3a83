/** A ruleset as `iptables-save -c` shows it: tables, their chains in order, each chain's rules in order. */
export interface Ruleset {
  readonly tables: readonly Table[];
  /** Comment and empty lines after the last table. */
  readonly trailer: readonly string[];
}

export interface Table {
  readonly name: string;
  readonly chains: readonly Chain[];
  /** Comment and empty lines before the table. */
  readonly preamble: readonly string[];
}

export interface Chain {
  readonly name: string;
  /** `-` for a chain that a user made, else `ACCEPT` or `DROP`. */
  readonly policy: string;
  /** Of the policy: always 0 for a chain that a user made. */
  readonly counters: Counters;
  readonly rules: readonly Rule[];
}

export interface Counters {
  readonly packets: number;
  readonly bytes: number;
}

export interface Rule {
  readonly chain: string;
  /** What follows `-A CHAIN `, byte for byte. */
  readonly spec: string;
  /** The arguments of `spec`, quotes and escapes taken off. */
  readonly tokens: readonly string[];
  /** Absent where the text was saved without `-c`. */
  readonly counters?: Counters;
  /** The kernel's name for this very rule (`nft -a`), given anew whenever a rule is written anew. */
  readonly handle?: number;
}

export function tableOf(ruleset: Ruleset, name: string): Table | undefined {
  return ruleset.tables.find((table) => table.name === name);
}

export function chainOf(ruleset: Ruleset, table: string, name: string): Chain | undefined {
  return tableOf(ruleset, table)?.chains.find((chain) => chain.name === name);
}

/** The rules of one chain, in order; none when the table or the chain is not there. */
export function rulesOf(ruleset: Ruleset, table: string, chain: string): readonly Rule[] {
  return chainOf(ruleset, table, chain)?.rules ?? [];
}
