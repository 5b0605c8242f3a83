import type { Language } from '../core/text.js';

/** Where a reporter writes: a terminal, a file, a pipe, or a test's own stream. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export interface ReporterOptions {
  /** The report itself. */
  readonly stdout: Output;
  /** Progress, warnings and errors. */
  readonly stderr: Output;
  readonly language: Language;
  /** Whether colours may be used, on either stream. */
  readonly color: boolean;
  /** Whether the terminal shows more than ASCII; the lab's own texts are shown as they are either way. */
  readonly unicode: boolean;
  /** What starts the program, for the commands that a report proposes. Default `svclab`. */
  readonly program?: string;
}
