/** Lines of an `nft -f` input for the table of kube-proxy, as knftables v0.0.17 writes them. */

/** The family and the name that every line carries. */
export const table = 'ip kube-proxy';

/** Makes a chain, or empties it where it is there. */
export function freshChain(name: string): readonly string[] {
  return [`add chain ${table} ${name}`, `flush chain ${table} ${name}`];
}

export function addRule(chain: string, rule: string, comment?: string): string {
  return `add rule ${table} ${chain} ${rule}${comment === undefined ? '' : ` comment "${comment}"`}`;
}

/** One element of a set, or of a map where it has a value. */
export interface Element {
  /** The set or map. */
  readonly of: string;
  /** Its parts joined by ` . `. */
  readonly key: string;
  readonly value?: string;
  readonly comment?: string;
}

export function addElement({ of, key, value, comment }: Element): string {
  const said = comment === undefined ? '' : ` comment "${comment}"`;
  return `add element ${table} ${of} { ${key}${said}${value === undefined ? '' : ` : ${value}`} }`;
}

export function deleteElement({ of, key }: Element): string {
  return `delete element ${table} ${of} { ${key} }`;
}
