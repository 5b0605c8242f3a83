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
  /** The name of a lab's file in reports that others link to a repository: its path from there. Unless said, as the events have it. */
  readonly fileName?: (file: string) => string;
  /** The most that a report may take, where there is a limit (markdown). */
  readonly maxBytes?: number;
}
