import { InvalidArgumentError } from 'commander';
import type { WantedReport } from './report-files.js';

/** The reporters whose report is a file; what they write is the same as on standard output. */
const kinds: readonly string[] = ['junit', 'markdown', 'tap', 'json', 'console'];

/** `junit=FILE`, once for each report. @throws InvalidArgumentError */
export function wantedReport(text: string, before: readonly WantedReport[] = []): readonly WantedReport[] {
  const [, kind = '', file = ''] = /^([^=]*)=(.+)$/.exec(text) ?? [];
  if (!kinds.includes(kind)) throw new InvalidArgumentError(`it takes KIND=FILE, where KIND is one of ${kinds.join(', ')}.`);
  return [...before, { kind, file }];
}
