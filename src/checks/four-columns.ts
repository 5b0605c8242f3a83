/** For each endpoint, in one order in all columns, how many new connections four ways of counting found. */
export interface FourColumns {
  readonly answers: readonly number[];
  readonly dnat: readonly number[];
  readonly conntrack: readonly number[];
  readonly syn: readonly number[];
}

export type OddColumn = keyof FourColumns | 'disagree';

const names = ['answers', 'dnat', 'conntrack', 'syn'] as const;

/**
 * Which count is at fault where four do not agree; undefined where they do.
 * 1. The one that differs, where the other three agree for every endpoint.
 * 2. `answers`, where the client's node's two counts (`dnat` and `conntrack`) agree for every endpoint, and both `answers` and `syn` differ from
 *    them: who answered is not who was chosen, and the wires say so too.
 * 3. `disagree` otherwise.
 */
export function oddColumn(columns: FourColumns): OddColumn | undefined {
  const differs = (a: keyof FourColumns, b: keyof FourColumns) => columns[a].some((count, i) => count !== columns[b][i]);
  const agree = (some: readonly (keyof FourColumns)[]) => some.every((name) => !differs(name, some[0] ?? name));
  if (agree(names)) return undefined;
  const odd = names.find((name) => agree(names.filter((other) => other !== name)));
  if (odd !== undefined) return odd;
  return agree(['dnat', 'conntrack']) && differs('answers', 'dnat') && differs('syn', 'dnat') ? 'answers' : 'disagree';
}
