import type { Reporter } from '../core/events.js';
import type { Text } from '../core/text.js';
import type { ReporterOptions } from './options.js';
import { type EventOf, RunRecords, type StepRecord, stepOf } from './run-records.js';
import { breakDiagnostics, claimDiagnostics } from './tap/diagnostics.js';
import { bailOut, comment, point, type TapPoint } from './tap/lines.js';
import { oneLine } from './visible.js';
import { written } from './written.js';

/**
 * TAP 14 on stdout: a subtest for each step with a test point for each claim, and one for the breaks. A step is written when it has
 * ended, since it may be taken again. The plan comes last, so that nothing waits for it; after a `Bail out!` there is none.
 */
export function createTapReporter({ stdout, language }: Pick<ReporterOptions, 'stdout' | 'language'>): Reporter {
  return new TapReporter({ stdout, language });
}

interface Stopped {
  readonly lab: string;
  readonly message: string;
  readonly hint?: string;
}

interface Subtest {
  readonly title: string;
  points: number;
  ok: boolean;
  skipped: number;
}

class TapReporter implements Reporter {
  readonly #stdout: ReporterOptions['stdout'];
  readonly #in: (text: Text) => string;
  readonly #records = new RunRecords();
  #begun = false;
  #points = 0;
  /** The steps already written, so that a run that stops early can write the one it was in. */
  #written = new Set<string>();
  #sabotage: Subtest | undefined;
  #stopped: Stopped | undefined;

  constructor({ stdout, language }: Pick<ReporterOptions, 'stdout' | 'language'>) {
    this.#stdout = stdout;
    this.#in = (text) => text[language];
  }

  on(event: Parameters<Reporter['on']>[0]): void {
    if (!this.#records.add(event)) return;
    switch (event.type) {
      case 'run-started':
        this.#openDocument();
        this.#closeSabotage();
        this.#reportStopped();
        this.#written = new Set();
        this.#write(comment(`${event.lab}: ${this.#in(event.title)} (${event.cluster}, ${event.requests} requests, ${event.folder})`));
        break;
      case 'warned':
        this.#openDocument();
        this.#write(comment(`warning: ${this.#in(event.warning.text)}`));
        break;
      case 'left-out':
        this.#openDocument();
        for (const lab of event.labs) this.#write(comment(`${lab} is not run on ${event.cluster}: ${this.#in(event.why)}`));
        break;
      case 'step-ended':
        this.#step(stepOf(this.#records.current, event.step), true);
        break;
      case 'break-judged':
        this.#break(event);
        break;
      case 'run-ended':
        this.#closeRun();
        if (event.error !== undefined) this.#stopped = { lab: event.lab, ...event.error };
        break;
      default:
    }
  }

  async end(): Promise<void> {
    this.#openDocument();
    const { current, runs } = this.#records;
    if (runs.length > 0) this.#closeRun();
    if (runs.length > 0 && current.ended === undefined) {
      this.#stopped ??= { lab: current.started?.lab ?? '', message: 'the run broke off before its end' };
    }
    // An empty plan would read as a skip, and pass.
    if (this.#points === 0) this.#stopped ??= { lab: '', message: 'no claim was judged' };
    if (this.#stopped === undefined) this.#write(`1..${this.#points}\n`);
    else this.#write(bailOut(sentence(this.#stopped)));
    await written(this.#stdout, '');
  }

  #openDocument(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#write('TAP version 14\n');
  }

  /** `Bail out!` ends a document, so of several labs only the last one that stopped early can use it. */
  #reportStopped(): void {
    if (this.#stopped === undefined) return;
    const { lab, message, hint } = this.#stopped;
    this.#stopped = undefined;
    this.#topLevel({
      ok: false,
      description: `${lab}: the run stopped early`,
      diagnostics: { message, ...(hint === undefined ? {} : { hint }) },
    });
  }

  #closeRun(): void {
    for (const step of this.#records.current.steps.values()) this.#step(step, false);
    this.#closeSabotage();
  }

  #step(step: StepRecord, complete: boolean): void {
    if (this.#written.has(step.id) || (!complete && step.claims.size === 0)) return;
    this.#written.add(step.id);
    this.#closeSabotage();
    const title = step.text === undefined ? step.id : `${step.id}: ${this.#in(step.text)}`;
    const subtest = this.#openSubtest(title);
    for (const retake of step.retakes) this.#write(comment(`taken again, attempt ${retake.attempt}: ${this.#in(retake.why)}`), 1);
    for (const claim of step.claims.values()) this.#claim(subtest, claim);
    if (!complete) subtest.ok = false;
    this.#closeSubtest(subtest, {
      ...(step.durationMs === undefined ? {} : { durationMs: step.durationMs }),
      ...(complete ? {} : { diagnostics: { message: 'the run stopped within this step' } }),
    });
  }

  #claim(subtest: Subtest, event: EventOf<'claim-judged'>): void {
    const { verdict } = event;
    this.#inSubtest(subtest, {
      ok: verdict.status === 'pass' || verdict.status === 'skip',
      description: `${event.claim}: ${this.#in(event.says)}`,
      ...(verdict.status === 'skip' ? { skip: this.#in(verdict.why) } : {}),
      diagnostics: claimDiagnostics(event, this.#in),
    });
  }

  #break(event: EventOf<'break-judged'>): void {
    this.#sabotage ??= this.#openSubtest('sabotage');
    const { outcome } = event;
    const says = this.#records.current.breakSays.get(outcome.break);
    this.#inSubtest(this.#sabotage, {
      ok: outcome.status === 'proven',
      description: `${outcome.break} turns ${outcome.claim} red because of ${outcome.becauseOf}${says === undefined ? '' : `: ${this.#in(says)}`}`,
      diagnostics: breakDiagnostics(event, this.#in),
    });
  }

  #closeSabotage(): void {
    if (this.#sabotage === undefined) return;
    this.#closeSubtest(this.#sabotage, {});
    this.#sabotage = undefined;
  }

  #openSubtest(title: string): Subtest {
    this.#openDocument();
    this.#write(comment(`Subtest: ${oneLine(title)}`));
    return { title, points: 0, ok: true, skipped: 0 };
  }

  #inSubtest(subtest: Subtest, of: Omit<TapPoint, 'number'>): void {
    subtest.points += 1;
    if (!of.ok) subtest.ok = false;
    if (of.skip !== undefined) subtest.skipped += 1;
    this.#write(point({ number: subtest.points, ...of }), 1);
  }

  #closeSubtest(subtest: Subtest, more: Pick<TapPoint, 'durationMs' | 'diagnostics'>): void {
    this.#write(`1..${subtest.points}${subtest.points === 0 ? ' # no claim was judged' : ''}\n`, 1);
    const allSkipped = subtest.points > 0 && subtest.skipped === subtest.points;
    this.#topLevel({
      // A step that judged nothing proves nothing.
      ok: subtest.ok && subtest.points > 0,
      description: subtest.title,
      ...(allSkipped && subtest.ok ? { skip: 'every claim was skipped' } : {}),
      ...more,
    });
  }

  #topLevel(of: Omit<TapPoint, 'number'>): void {
    this.#points += 1;
    this.#write(point({ number: this.#points, ...of }));
  }

  #write(text: string, level = 0): void {
    this.#stdout.write(level === 0 ? text : text.replace(/^(?=.)/gm, ' '.repeat(4 * level)));
  }
}

function sentence({ message, hint }: Stopped): string {
  return hint === undefined ? message : `${message} (${hint})`;
}
