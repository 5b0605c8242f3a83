/** One table of an `iptables-restore --noflush` input: declaring a chain makes it, or empties it when it is there. */
export interface RestoreTable {
  readonly table: 'mangle' | 'filter' | 'nat';
  readonly chains: readonly string[];
  /** `-A`, `-I` and `-X` lines, in order. */
  readonly rules: readonly string[];
}

export function restoreText(tables: readonly RestoreTable[]): string {
  const lines = tables.flatMap(({ table, chains, rules }) => [
    `*${table}`,
    ...chains.map((chain) => `:${chain} - [0:0]`),
    ...rules,
    'COMMIT',
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

/** Joins what several writers have to say about the same tables, in their order; a chain is declared once. */
export function mergeTables(parts: readonly RestoreTable[]): readonly RestoreTable[] {
  const names = [...new Set(parts.map(({ table }) => table))];
  return names.map((table) => {
    const mine = parts.filter((part) => part.table === table);
    return { table, chains: [...new Set(mine.flatMap(({ chains }) => chains))], rules: mine.flatMap(({ rules }) => rules) };
  });
}
