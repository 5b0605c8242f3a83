/** What tcpdump says when it ends; a line that is missing is undefined. */
export interface DropCounts {
  readonly captured?: number;
  readonly received?: number;
  /** The kernel's buffer was full: evidence is missing. */
  readonly droppedByKernel?: number;
  readonly droppedByInterface?: number;
}

/** Reads the closing lines of tcpdump's standard error (tcpdump 4.99, `info()`): `1 packet captured`, `0 packets dropped by kernel`, ... */
export function parseDrops(stderr: string): DropCounts {
  const counts: { -readonly [Key in keyof DropCounts]: DropCounts[Key] } = {};
  for (const [, number, what] of stderr.matchAll(line)) {
    const key = keys.get(what ?? '');
    if (key !== undefined) counts[key] = Number(number);
  }
  return counts;
}

const line = /^(\d+) packets? (captured|received by filter|dropped by kernel|dropped by interface)\r?$/gm;

const keys: ReadonlyMap<string, keyof DropCounts> = new Map([
  ['captured', 'captured'],
  ['received by filter', 'received'],
  ['dropped by kernel', 'droppedByKernel'],
  ['dropped by interface', 'droppedByInterface'],
]);
