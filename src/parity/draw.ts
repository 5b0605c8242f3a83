import { createHash } from 'node:crypto';

/** Numbers that look random and are the same for the same seed on every machine: the bytes of SHA-256 over the seed and a counter. */
export class Draw {
  readonly #seed: string;
  #count = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A whole number from 0 to `limit` - 1, for limits far below 2^32. */
  below(limit: number): number {
    this.#count += 1;
    return createHash('sha256').update(`${this.#seed}/${this.#count}`).digest().readUInt32BE(0) % limit;
  }

  chance(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }

  one<T>(from: readonly [T, ...T[]]): T {
    return from[this.below(from.length)] ?? from[0];
  }

  /** At least `least` and at most `most` of them, in their own order. */
  some<T>(from: readonly T[], least: number, most = from.length): readonly T[] {
    const left = from.map((_, i) => i);
    const count = least + this.below(Math.max(least, most) - least + 1);
    const taken = Array.from({ length: count }, () => left.splice(this.below(left.length), 1)[0]);
    return from.filter((_, i) => taken.includes(i));
  }
}
