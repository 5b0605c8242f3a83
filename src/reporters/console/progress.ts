import type { Phase } from '../../core/events.js';
import type { ReporterOptions } from '../options.js';
import { oneLine } from '../visible.js';
import { flow } from './flow.js';
import type { Look } from './look.js';
import { seconds } from './numbers.js';

/** The part of ora that is used. */
export interface Spinner {
  text: string;
  readonly isEnabled: boolean;
  start(): unknown;
  stop(): unknown;
  clear(): unknown;
}

export interface SpinnerOptions {
  readonly stream: NodeJS.WritableStream;
  readonly color: 'cyan' | false;
  readonly text: string;
  readonly suffixText: () => string;
  readonly discardStdin: false;
  readonly spinner?: { readonly interval: number; readonly frames: string[] };
}

export type LoadSpinner = () => Promise<(options: SpinnerOptions) => Spinner>;

/** ora costs some hundred milliseconds of loading, so that is begun only when a run has lasted this long. */
const patienceMs = 150;
const asciiFrames = { interval: 130, frames: ['-', '\\', '|', '/'] };

/** Says on stderr which phase a run is in, and how long it took: a spinner on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #options: ReporterOptions;
  readonly #load: LoadSpinner;
  readonly #onTerminal: boolean;
  #spinner: Spinner | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wanted = false;
  #text = '';
  #since = 0;
  #phase: Phase | undefined;

  constructor(options: ReporterOptions, load: LoadSpinner = async () => (await import('ora')).default) {
    this.#options = options;
    this.#load = load;
    this.#onTerminal = options.stderr.isTTY === true;
  }

  phaseStarted(look: Look, phase: Phase): void {
    this.#phase = phase;
    this.began(look, look.words.phase[phase]);
  }

  phaseEnded(look: Look, phase: Phase, durationMs: number): void {
    if (this.#onTerminal) this.#hide();
    else this.ended(look, look.words.phase[phase], durationMs);
  }

  /** Something that takes a while. */
  began(look: Look, what: string): void {
    this.#since = performance.now();
    if (this.#onTerminal) this.#spin(what);
    else this.#line(`${look.signs.dot} ${what} ${look.signs.ellipsis}`);
  }

  /** It is done: a line that stays, on a terminal too. */
  ended(look: Look, what: string, durationMs: number): void {
    this.#hide();
    this.#line(`${look.signs.dot} ${what} ${seconds(durationMs)}`);
  }

  /** What a long phase is at: a step, a break. */
  now(look: Look, phase: Phase, what: string): void {
    if (this.#onTerminal) this.#spin(`${look.words.phase[phase]} ${look.signs.dot} ${oneLine(what)}`);
  }

  /** What the phase is doing now: a line of its own where there is no spinner, since such a phase may last minutes. */
  at(look: Look, what: string): void {
    if (!this.#onTerminal) this.#line(`  ${look.signs.dot} ${oneLine(what)}`);
    else if (this.#phase !== undefined) this.now(look, this.#phase, what);
  }

  /** A message of several lines on stderr. */
  say(lines: readonly string[]): void {
    for (const line of lines) this.#line(line);
  }

  /** Takes the spinner off the line that is about to be written; it draws itself again below. */
  makeRoom(): void {
    this.#spinner?.clear();
  }

  stop(): void {
    this.#hide();
  }

  #line(text: string): void {
    this.makeRoom();
    this.#options.stderr.write(`${text}\n`);
  }

  #hide(): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#spinner?.stop();
  }

  #spin(text: string): void {
    this.#text = text;
    this.#wanted = true;
    if (this.#spinner !== undefined) {
      this.#spinner.text = text;
      this.#show();
    } else if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#begin(), patienceMs);
      this.#timer.unref();
    }
  }

  #begin(): void {
    // A run needs no spinner to succeed: one that cannot be loaded is left out.
    this.#load().then(
      (create) => {
        if (this.#spinner !== undefined || !this.#wanted) return;
        this.#spinner = create({
          stream: this.#options.stderr,
          color: this.#options.color ? 'cyan' : false,
          text: this.#text,
          suffixText: () => seconds(performance.now() - this.#since),
          discardStdin: false,
          ...(this.#options.unicode ? {} : { spinner: asciiFrames }),
        });
        this.#show();
      },
      () => {},
    );
  }

  #show(): void {
    // ora itself knows terminals that cannot move the cursor; there, it would print lines of its own.
    if (this.#spinner?.isEnabled === true) this.#spinner.start();
  }
}

/** A warning or an error as it is shown on stderr. */
export function message(look: Look, role: 'fail' | 'inconclusive', label: string, text: string): string[] {
  const sign = role === 'fail' ? look.signs.fail : '!';
  return flow(look, [{ text }], { lead: [{ text: `${sign} ${label}: `, role }], hang: 2 });
}
