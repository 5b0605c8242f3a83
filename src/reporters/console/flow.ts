import stringWidth from 'string-width';
import { visible } from '../visible.js';
import type { Look } from './look.js';
import type { Role } from './paint.js';

export interface Span {
  readonly text: string;
  readonly role?: Role;
}

interface Word {
  readonly text: string;
  readonly role: Role | undefined;
  readonly width: number;
}

const narrowestRoom = 16;

/**
 * Lines that end before `look.columns`: `lead` stands in the first one, and what follows starts at column `hang` in every line.
 * Spans are parted by a space; a line feed in one begins a new line. A word longer than the line is cut.
 */
export function flow(
  look: Look,
  spans: readonly Span[],
  { lead = [], hang = 0 }: { lead?: readonly Span[]; hang?: number } = {},
): string[] {
  const start = lead.map(({ text, role }) => look.paint(role, text)).join('');
  const startWidth = lead.reduce((sum, { text }) => sum + stringWidth(text), 0);
  const room = Math.max(narrowestRoom, look.columns - hang);
  const firstIndent = Math.max(hang, startWidth);
  const rows = wrap(spans, room, Math.max(narrowestRoom, look.columns - firstIndent));
  return rows.map((row, index) => {
    const before = index === 0 ? start + ' '.repeat(firstIndent - startWidth) : ' '.repeat(hang);
    return (before + painted(look, row)).replace(/ +$/, '');
  });
}

function wrap(spans: readonly Span[], room: number, firstRoom: number): Word[][] {
  const rows: Word[][] = [[]];
  let used = 0;
  const roomHere = () => (rows.length === 1 ? firstRoom : room);
  const put = (word: Word) => {
    const row = rows.at(-1);
    if (row === undefined || (row.length > 0 && used + 1 + word.width > roomHere())) {
      rows.push([word]);
      used = word.width;
    } else {
      used += word.width + (row.length > 0 ? 1 : 0);
      row.push(word);
    }
  };
  for (const { text, role } of spans) {
    for (const [index, line] of visible(text).trimEnd().split('\n').entries()) {
      if (index > 0) {
        rows.push([]);
        used = 0;
      }
      for (const part of line.split(' ')) {
        for (const piece of cut(part, room)) if (piece !== '') put({ text: piece, role, width: stringWidth(piece) });
      }
    }
  }
  return rows;
}

/** Words of one role are painted together, the spaces between them too. */
function painted(look: Look, row: readonly Word[]): string {
  let out = '';
  let run: string[] = [];
  let role: Role | undefined;
  const flush = () => {
    if (run.length === 0) return;
    out += `${out === '' ? '' : ' '}${look.paint(role, run.join(' '))}`;
    run = [];
  };
  for (const word of row) {
    if (word.role !== role) flush();
    role = word.role;
    run.push(word.text);
  }
  flush();
  return out;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function cut(word: string, room: number): string[] {
  if (stringWidth(word) <= room) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const { segment } of graphemes.segment(word)) {
    if (piece !== '' && stringWidth(piece + segment) > room) {
      pieces.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return [...pieces, piece];
}

/** A text of `width` columns, or longer where it does not fit. */
export function padded(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return side === 'left' ? text + space : space + text;
}

export function widthOf(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => stringWidth(text)));
}
