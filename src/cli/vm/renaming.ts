/** Text that comes in pieces, with one name replaced by another, also where it comes apart. */
export class Renaming {
  readonly #from: string;
  readonly #to: string;
  readonly #write: (text: string) => void;
  /** What may be the beginning of the name. */
  #held = '';

  constructor(from: string, to: string, write: (text: string) => void) {
    this.#from = from;
    this.#to = to;
    this.#write = write;
  }

  hear(text: string): void {
    const all = (this.#held + text).replaceAll(this.#from, () => this.#to);
    const begun = beginning(all, this.#from);
    this.#held = all.slice(all.length - begun);
    if (all.length > begun) this.#write(all.slice(0, all.length - begun));
  }

  end(): void {
    if (this.#held !== '') this.#write(this.#held);
    this.#held = '';
  }
}

/** How many characters at the end of the text are the beginning of the name. */
function beginning(text: string, name: string): number {
  for (let length = Math.min(name.length - 1, text.length); length > 0; length -= 1) {
    if (name.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
