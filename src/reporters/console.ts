import type { Reporter, RunEvent } from '../core/events.js';
import { breakOutcome, sabotageBegin } from './console/break.js';
import { claim } from './console/claim.js';
import { flow } from './console/flow.js';
import { type Look, lookOf } from './console/look.js';
import { type LoadSpinner, message, Progress } from './console/progress.js';
import { retaken, stepBegin, typed } from './console/step.js';
import { summary } from './console/summary.js';
import type { ReporterOptions } from './options.js';
import { type EventOf, RunRecords, type StepRecord, stepOf } from './run-records.js';
import { oneLine } from './visible.js';
import { written } from './written.js';

/**
 * For people: the report on stdout as the run goes on, a step's claims when it has ended; progress, warnings and errors on stderr.
 * `loadSpinner` stands in for ora.
 */
export function createConsoleReporter(options: ReporterOptions, loadSpinner?: LoadSpinner): Reporter {
  return new ConsoleReporter(options, loadSpinner);
}

class ConsoleReporter implements Reporter {
  readonly #options: ReporterOptions;
  readonly #records = new RunRecords();
  readonly #progress: Progress;
  /** The steps whose claims are shown. */
  #shown = new Set<string>();
  #sabotage = false;
  #summed = false;

  constructor(options: ReporterOptions, loadSpinner?: LoadSpinner) {
    this.#options = options;
    this.#progress = new Progress(options, loadSpinner);
  }

  on(event: RunEvent): void {
    if (!this.#records.add(event)) return;
    const look = this.#look();
    if (event.type === 'left-out') {
      this.#print([
        '',
        ...flow(look, [{ text: `${look.words.leftOut(event.labs.join(', '), event.cluster)}: ${look.say(event.why)}`, role: 'quiet' }]),
      ]);
      return;
    }
    const run = this.#records.current;
    switch (event.type) {
      case 'run-started':
        this.#shown = new Set();
        this.#sabotage = false;
        this.#summed = false;
        this.#print(header(look, event));
        break;
      case 'phase-started':
        this.#progress.phaseStarted(look, event.phase);
        break;
      case 'phase-ended':
        this.#progress.phaseEnded(look, event.phase, event.durationMs);
        break;
      case 'warned':
        this.#progress.say(message(this.#look('stderr'), 'inconclusive', look.words.warning, look.say(event.warning.text)));
        break;
      case 'progressed':
        this.#progress.at(look, look.say(event.text));
        break;
      case 'step-started':
        this.#progress.now(look, 'steps', event.step);
        if (event.attempt === 1 && stepOf(run, event.step).retakes.length === 0)
          this.#print(stepBegin(look, event, [...run.steps.keys()].indexOf(event.step) + 1));
        break;
      case 'typed': {
        const step = stepOf(run, event.step);
        if (step.attempts === 1) this.#print(typed(look, event, step.typed.at(-2)));
        break;
      }
      case 'step-retaken':
        this.#print(retaken(look, event));
        break;
      case 'claim-judged':
        break;
      case 'step-ended':
        this.#claims(look, stepOf(run, event.step));
        break;
      case 'break-started':
        this.#progress.now(look, 'sabotage', event.break);
        break;
      case 'break-judged':
        if (!this.#sabotage) this.#print(sabotageBegin(look));
        this.#sabotage = true;
        this.#print(breakOutcome(look, event, run.breakSays.get(event.outcome.break)));
        break;
      case 'kept':
        break;
      case 'run-ended':
        this.#finish(look, event.error);
        break;
      default:
        event satisfies never;
    }
  }

  async end(): Promise<void> {
    this.#progress.stop();
    if (this.#records.runs.length > 0 && !this.#summed) this.#finish(this.#look(), undefined);
    await Promise.all([written(this.#options.stdout, ''), written(this.#options.stderr, '')]);
  }

  #claims(look: Look, step: StepRecord): void {
    if (this.#shown.has(step.id) || step.claims.size === 0) return;
    this.#shown.add(step.id);
    const claims = [...step.claims.values()].map((event) => ({
      lines: claim(look, event),
      airy: event.verdict.status !== 'pass' || (event.verdict.details?.length ?? 0) > 0,
    }));
    const lines = claims.flatMap((each, index) =>
      index > 0 && (each.airy || claims[index - 1]?.airy === true) ? ['', ...each.lines] : each.lines,
    );
    this.#print(['', ...lines]);
  }

  #finish(look: Look, error: EventOf<'run-ended'>['error']): void {
    this.#progress.stop();
    const run = this.#records.current;
    for (const step of run.steps.values()) this.#claims(look, step);
    if (error !== undefined) this.#progress.say(failure(this.#look('stderr'), error));
    this.#print(summary(look, run, this.#options.program ?? 'svclab'));
    this.#summed = true;
  }

  /** A report in a file need not wrap the messages on the terminal. */
  #look(stream: 'stdout' | 'stderr' = 'stdout'): Look {
    return lookOf(this.#options, this.#options[stream]);
  }

  #print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#progress.makeRoom();
    this.#options.stdout.write(`${lines.join('\n')}\n`);
  }
}

function header(look: Look, event: EventOf<'run-started'>): string[] {
  const { words, signs, say, paint } = look;
  const facts = [event.lab, words.cluster(event.cluster), words.requests(event.requests), words.claims(event.claims)];
  return ['', paint('title', oneLine(say(event.title))), ...flow(look, [{ text: facts.join(` ${signs.dot} `), role: 'quiet' }])];
}

function failure(look: Look, { message: text, hint }: NonNullable<EventOf<'run-ended'>['error']>): string[] {
  return [
    ...message(look, 'fail', look.words.error, text),
    ...(hint === undefined ? [] : flow(look, [{ text: `${look.words.hint}: ${hint}` }], { lead: [{ text: '  ' }], hang: 2 })),
  ];
}
