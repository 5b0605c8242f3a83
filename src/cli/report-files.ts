import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { EnvironmentError, UsageError } from '../core/errors.js';
import type { Reporter, RunEvent } from '../core/events.js';
import { Registry } from '../core/registry.js';
import { writeAtomically } from '../evidence/atomic-file.js';
import type { ReporterOptions } from '../reporters/options.js';
import { reporters } from '../reporters/registry.js';

/** A report in a file of its own: `--report junit=FILE`. */
export interface WantedReport {
  readonly kind: string;
  readonly file: string;
}

type FileOptions = Omit<ReporterOptions, 'stdout' | 'stderr' | 'color'>;

/**
 * Writes reports to files, each of them whole at any time: before the first lab, whenever a lab begins or a step ends, and at the end, all that is known
 * is reported anew, beside the file first and then renamed over it. So a run that is killed leaves a report too, which says that it broke off.
 * @throws EnvironmentError, before anything is run, where a file cannot be written; UsageError where two reports go to one file.
 */
export async function openReportFiles(wanted: readonly WantedReport[], options: FileOptions): Promise<Reporter> {
  const files = wanted.map(({ file }) => resolve(file));
  const twice = wanted.find(({ file }, i) => files.indexOf(resolve(file)) < i);
  if (twice !== undefined)
    throw new UsageError(`two reports cannot go to one file: ${twice.file}`, { hint: 'give each a name of its own' });
  const reports = new ReportFiles(wanted, options);
  await reports.write();
  return reports;
}

class ReportFiles implements Reporter {
  readonly #wanted: readonly WantedReport[];
  readonly #options: FileOptions;
  readonly #events: RunEvent[] = [];
  #writing: Promise<void> = Promise.resolve();
  #waiting = false;

  constructor(wanted: readonly WantedReport[], options: FileOptions) {
    this.#wanted = wanted;
    this.#options = options;
  }

  on(event: RunEvent): void {
    // What a phase is doing now is nobody's later.
    if (event.type === 'progressed') return;
    this.#events.push(event);
    if (event.type === 'run-started' || event.type === 'step-ended' || event.type === 'run-ended') this.#writeSoon();
  }

  async end(): Promise<void> {
    await this.#writing;
    await this.write();
  }

  async write(): Promise<void> {
    const events = [...this.#events];
    for (const { kind, file } of this.#wanted) {
      const text = await rendered(kind, events, this.#options);
      try {
        await mkdir(dirname(file), { recursive: true });
        await writeAtomically(file, text);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new EnvironmentError(`the report ${file} cannot be written: ${why}`, {
          hint: 'choose a place that can be written to',
          cause,
        });
      }
    }
  }

  /** One at a time, and one for all that came in meanwhile. A fault is left to the last one, which says so if it is still there. */
  #writeSoon(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#writing = this.#writing.then(async () => {
      this.#waiting = false;
      await this.write().catch(() => {});
    });
  }
}

/** What a reporter writes when it sees these events. */
export async function rendered(kind: string, events: readonly RunEvent[], options: FileOptions): Promise<string> {
  const stdout = new Text();
  const reporter = new Registry('reporter', reporters).get(kind).create({ ...options, color: false, stdout, stderr: new Text() });
  for (const event of events) reporter.on(event);
  await reporter.end();
  return stdout.text;
}

class Text extends Writable {
  text = '';

  constructor() {
    super({ decodeStrings: false });
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
