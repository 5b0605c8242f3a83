import { isHonestSkip } from './skips.js';
import { addTally, emptyTally, type Tally } from './tally.js';

/** What a test command prints: a line for each part with its time and counts, and at the end `N passed, N failed[, N skipped]`. */
export class TestReport {
  readonly #total = emptyTally();
  readonly #path: string;
  readonly #elsewhere: readonly string[];

  /**
   * @param options `path`: PATH, where a skip's missing program is looked for; `elsewhere`: what another command tests, and so may be skipped here.
   */
  constructor(options: { readonly path: string; readonly elsewhere: readonly string[] }) {
    this.#path = options.path;
    this.#elsewhere = options.elsewhere;
  }

  /** Adds a part. A skip without a good reason counts as failed. */
  add(name: string, tally: Tally, ms?: number, note = ''): void {
    const honest = ({ reason }: { readonly reason: string }): boolean => isHonestSkip(reason, this.#path, this.#elsewhere);
    for (const { name: test, reason } of tally.skips.filter((skip) => !honest(skip))) {
      tally.failed += 1;
      tally.skipped -= 1;
      tally.failures.push({
        name: test,
        detail: `skipped (${reason}), but this machine can run it, or the reason is not "needs TOOL: why"`,
      });
    }
    for (const { name: test, detail } of tally.failures) this.print(`\nnot ok ${test}\n${detail.replace(/^/gm, '    ')}\n`);
    for (const { name: test, reason } of tally.skips.filter(honest)) this.print(`skipped ${test}: ${reason}`);
    const time = ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`;
    this.print(`${name.padEnd(26)} ${time.padStart(7)}  ${counts(tally)}${note === '' ? '' : ` (${note})`}`);
    addTally(this.#total, tally);
  }

  /** Tests that were not even begun. */
  skip(count: number, why: string): void {
    this.print(why);
    this.#total.skipped += count;
  }

  /** The test command itself broke. */
  broke(error: unknown): void {
    this.add('the test command', { ...emptyTally(), failed: 1, failures: [{ name: 'the test command', detail: String(error) }] });
  }

  /** Prints the last line, and gives the exit code. */
  end(): number {
    this.print(`\n${counts(this.#total)}`);
    return this.#total.failed > 0 ? 1 : 0;
  }

  print(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}

function counts({ passed, failed, skipped }: Tally): string {
  return [`${passed} passed`, `${failed} failed`, ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ');
}
