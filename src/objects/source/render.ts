import stringWidth from 'string-width';
import type { Problem } from '../../core/errors.js';

/** Columns of a source line that are shown; what is longer is cut around the caret. */
const maxColumns = 140;
const tabStop = 4;

/**
 * Problems as people read them: place and message, the source line, a caret line, what was expected and a hint.
 * No line feed at the end. Control characters of the input are shown as pictures, so that a file cannot steer the terminal.
 */
export function renderProblems(problems: readonly Problem[], options: { readonly color?: boolean } = {}): string {
  const paint =
    options.color === true ? (code: string, text: string) => `\u001b[${code}m${text}\u001b[0m` : (_: string, text: string) => text;
  return problems
    .map((problem) => {
      const lines = [
        `${paint('1', `${visible(problem.file)}:${problem.line}:${problem.column}:`)} ${paint('31', visible(problem.message))}`,
      ];
      if (problem.source.trim() !== '') {
        const { source, indent, width } = excerpt(problem);
        lines.push(`    ${source}`, `    ${' '.repeat(indent)}${paint('31', '^'.repeat(width))}`);
      }
      if (problem.expected !== undefined) lines.push(`    ${paint('2', 'expected:')} ${visible(problem.expected)}`);
      if (problem.hint !== undefined) lines.push(`    ${paint('2', 'hint:')} ${visible(problem.hint)}`);
      return lines.join('\n');
    })
    .join('\n\n');
}

/** The source line as shown, and where the caret stands below it, in terminal columns. */
function excerpt({ source, column, length }: Problem): { source: string; indent: number; width: number } {
  let before = spaced(source.slice(0, column - 1), 0);
  let marked = spaced(source.slice(column - 1, column - 1 + length), stringWidth(before));
  let after = visible(source.slice(column - 1 + length)).replaceAll('\t', ' ');
  if (stringWidth(before) > maxColumns / 2) before = `…${last(before, maxColumns / 2)}`;
  if (stringWidth(marked) > maxColumns / 2) marked = `${first(marked, maxColumns / 2)}…`;
  const room = maxColumns - stringWidth(before) - stringWidth(marked);
  if (stringWidth(after) > room) after = `${first(after, room)}…`;
  return { source: `${before}${marked}${after}`.trimEnd(), indent: stringWidth(before), width: Math.max(1, stringWidth(marked)) };
}

/** Tabs become spaces up to the next stop, so that the caret line needs none. */
function spaced(text: string, startColumn: number): string {
  let out = '';
  for (const character of visible(text)) {
    out += character === '\t' ? ' '.repeat(tabStop - ((startColumn + stringWidth(out)) % tabStop)) : character;
  }
  return out;
}

function visible(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000A-\u001F]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/[\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g, '\uFFFD');
}

function first(text: string, columns: number): string {
  let out = '';
  let width = 0;
  for (const character of text) {
    width += stringWidth(character);
    if (width > columns) break;
    out += character;
  }
  return out;
}

function last(text: string, columns: number): string {
  return [...first([...text].reverse().join(''), columns)].reverse().join('');
}
