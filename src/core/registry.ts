import { UsageError } from './errors.js';

/** An explicit list of named things: duplicates are refused, an unknown name is answered with the known ones. */
export class Registry<T extends { readonly kind: string }> {
  readonly #what: string;
  readonly #entries: ReadonlyMap<string, T>;

  /** @throws Error when two entries have one name: a mistake in the program, not of its user. */
  constructor(what: string, entries: readonly T[]) {
    const map = new Map<string, T>();
    for (const entry of entries) {
      if (map.has(entry.kind)) throw new Error(`two entries of the ${what} registry are named '${entry.kind}'`);
      map.set(entry.kind, entry);
    }
    this.#what = what;
    this.#entries = map;
  }

  get kinds(): readonly string[] {
    return [...this.#entries.keys()];
  }

  get all(): readonly T[] {
    return [...this.#entries.values()];
  }

  has(kind: string): boolean {
    return this.#entries.has(kind);
  }

  /** @throws UsageError that lists the known names. */
  get(kind: string): T {
    const entry = this.#entries.get(kind);
    if (entry === undefined) {
      throw new UsageError(`there is no ${this.#what} '${kind}'`, { hint: `known: ${this.kinds.join(', ')}` });
    }
    return entry;
  }
}
