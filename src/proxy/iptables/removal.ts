import { type Ruleset, rulesOf, tableOf } from '../model.js';
import { canonicalRule } from './canonical.js';
import type { Jump } from './jumps.js';
import { printRule } from './print.js';
import { restoreText } from './restore.js';

/**
 * Takes jumps and chains away, as one `iptables-restore --noflush` input: of the jumps those that are there, of the chains those that `isOurs` picks.
 * @param live what `iptables-save` shows now.
 */
export function removalText(live: Ruleset, jumps: readonly Jump[], isOurs: (table: 'nat' | 'filter', chain: string) => boolean): string {
  return restoreText(
    (['nat', 'filter'] as const).map((table) => {
      const chains = (tableOf(live, table)?.chains ?? []).map(({ name }) => name).filter((name) => isOurs(table, name));
      const there = jumps
        .filter((jump) => jump.table === table)
        .filter(({ from, rule }) =>
          rulesOf(live, table, from).some((one) => canonicalRule(printRule(one)) === canonicalRule(`-A ${from} ${rule}`)),
        );
      // Declaring a chain empties it, and only an empty chain can be deleted.
      return { table, chains, rules: [...there.map(({ from, rule }) => `-D ${from} ${rule}`), ...chains.map((chain) => `-X ${chain}`)] };
    }),
  );
}
