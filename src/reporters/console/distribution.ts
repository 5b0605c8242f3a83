import stringWidth from 'string-width';
import type { Detail } from '../../core/check.js';
import { oneLine } from '../visible.js';
import { flow, padded, widthOf } from './flow.js';
import type { Look } from './look.js';
import { percent } from './numbers.js';

const widestBar = 32;
const narrowestBar = 8;

/** A bar for each backend, as long as its share, with a mark where the rules would have it end. */
export function distribution(look: Look, { rows, note }: Extract<Detail, { kind: 'distribution' }>, indent: number): string[] {
  const { paint, signs, words } = look;
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const shares = rows.map(({ count }) => (total === 0 ? 0 : count / total));
  const labels = rows.map(({ label }) => oneLine(label));
  const counts = rows.map(({ count }) => String(count));
  const figures = rows.map(({ share }, index) => `${percent(shares[index] ?? 0).padStart(7)}  ${words.ofExpected(percent(share))}`);
  const [labelWidth, countWidth] = [widthOf(labels), widthOf(counts)];
  const room = look.columns - indent - labelWidth - countWidth - widthOf(figures) - 6;
  const width = Math.min(widestBar, Math.max(narrowestBar, room));
  const longest = Math.max(...shares, ...rows.map(({ share }) => share), Number.MIN_VALUE);
  const cells = (share: number) => Math.round((share / longest) * (width - 1));
  const start = ' '.repeat(indent);
  return [
    ...rows.map(({ share }, index) => {
      const filled = cells(shares[index] ?? 0);
      const mark = cells(share);
      const bar =
        paint('bar', signs.full.repeat(Math.min(filled, mark))) +
        ' '.repeat(Math.max(0, mark - filled)) +
        paint('mark', signs.barMark) +
        paint('bar', signs.full.repeat(Math.max(0, filled - mark)));
      const drawn = Math.max(filled, mark) + stringWidth(signs.barMark);
      return `${start}${padded(labels[index] ?? '', labelWidth)}  ${bar}${' '.repeat(Math.max(0, width - drawn))}  ${padded(counts[index] ?? '', countWidth, 'right')} ${figures[index] ?? ''}`;
    }),
    ...flow(
      look,
      [
        { text: `${words.barMark(signs.barMark)}.`, role: 'quiet' },
        { text: look.say(note), role: 'quiet' },
      ],
      {
        lead: [{ text: start }],
        hang: indent,
      },
    ),
  ];
}
