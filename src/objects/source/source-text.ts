import type { ManifestSource } from '../../core/cluster.js';
import type { Problem } from '../../core/errors.js';

/** What is wrong, without the place. Messages are English sentences without a full stop. */
export interface Fault {
  readonly message: string;
  readonly expected?: string;
  readonly hint?: string;
}

/** A text with its lines: turns offsets (UTF-16 units, as JavaScript counts) into lines and columns. */
export interface SourceText {
  readonly file: string;
  /** Without a byte order mark, which editors do not count as a column. */
  readonly text: string;
  /** A problem from `start` (inclusive) to `end` (exclusive), cut at the end of its first line. */
  problem(start: number, end: number, fault: Fault): Problem;
}

export function sourceText(source: ManifestSource): SourceText {
  const text = source.text.startsWith('\uFEFF') ? source.text.slice(1) : source.text;
  const starts = lineStarts(text);
  return {
    file: source.file,
    text,
    problem(start, end, fault) {
      const line = lineOf(starts, Math.min(start, text.length));
      const from = starts[line] ?? 0;
      const content = text.slice(from, starts[line + 1] ?? text.length).replace(/\r?\n$/, '');
      // What is missing at the end of a file is missing behind its last character.
      const column = Math.min(Math.max(start - from, 0), content.length);
      const length = Math.max(1, Math.min(end - from, content.length) - column);
      return { file: source.file, line: line + 1, column: column + 1, length, ...fault, source: content };
    },
  };
}

/** The one problem of a file that is no text at all, or undefined. */
export function unreadable(source: SourceText): Problem | undefined {
  const at = source.text.search(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\uFFFD]|\r(?!\n)/);
  if (at < 0) return undefined;
  const code = source.text.charCodeAt(at);
  const what =
    code === 0
      ? 'a NUL byte'
      : code === 0xfffd
        ? 'bytes that are not UTF-8'
        : code === 13
          ? 'a carriage return without a line feed'
          : `the control character U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return source.problem(at, at + 1, { message: `the file holds ${what}`, expected: 'a text file in UTF-8', hint: 'is it the right file?' });
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  // The empty line behind a last line feed is no line of the file.
  if (starts.length > 1 && starts.at(-1) === text.length) starts.pop();
  return starts;
}

function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
