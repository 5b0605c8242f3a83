import type { Counters, Rule, Ruleset, Table } from '../model.js';

/** Writes a ruleset as `iptables-save -c` does; what `parseIptablesSave` read comes out as the same text. */
export function printIptablesSave(ruleset: Ruleset): string {
  return [...ruleset.tables.flatMap(tableLines), ...ruleset.trailer].map((line) => `${line}\n`).join('');
}

/** One rule as iptables-save shows it. */
export function printRule(rule: Rule): string {
  const counters = rule.counters === undefined ? '' : `${printCounters(rule.counters)} `;
  return `${counters}-A ${rule.chain}${rule.spec === '' ? '' : ` ${rule.spec}`}`;
}

function tableLines(table: Table): readonly string[] {
  return [
    ...table.preamble,
    `*${table.name}`,
    ...table.chains.map((chain) => `:${chain.name} ${chain.policy} ${printCounters(chain.counters)}`),
    ...table.chains.flatMap((chain) => chain.rules.map(printRule)),
    'COMMIT',
  ];
}

function printCounters(counters: Counters): string {
  return `[${counters.packets}:${counters.bytes}]`;
}
