import type { Detail } from '../../core/check.js';
import { oneLine } from '../visible.js';
import { flow, padded, widthOf } from './flow.js';
import type { Look } from './look.js';
import { figure } from './numbers.js';

const widestBar = 40;
const narrowestBar = 8;

/** A bar for each point, the series of one x below each other, so that they are read against each other; lengths are in proportion to the largest value. */
export function chart(
  look: Look,
  { title, across, measured, unit, series, note }: Extract<Detail, { kind: 'chart' }>,
  indent: number,
): string[] {
  const { paint, signs, say } = look;
  const start = ' '.repeat(indent);
  const xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].toSorted((a, b) => a - b);
  const rows = xs.flatMap((x) =>
    series.flatMap(({ name, points }) =>
      points
        .filter((point) => point.x === x)
        .map((point) => ({ ...point, head: figure(x), name: oneLine(name), first: name === series[0]?.name })),
    ),
  );
  const largest = Math.max(...rows.map(({ y }) => y), Number.MIN_VALUE);
  const figures = rows.map(({ y, low, high }) => `${figure(y)} ${oneLine(unit)} (${figure(low)}${signs.range}${figure(high)})`);
  const heads = rows.map(({ head }) => head);
  const names = rows.map(({ name }) => name);
  const [headWidth, nameWidth] = [widthOf(heads), widthOf(names)];
  const room = look.columns - indent - headWidth - nameWidth - widthOf(figures) - 6;
  const width = Math.min(widestBar, Math.max(narrowestBar, room));
  const text = (words: string): string[] => flow(look, [{ text: words, role: 'quiet' }], { lead: [{ text: start }], hang: indent });
  return [
    ...flow(look, [{ text: say(title) }], { lead: [{ text: start }], hang: indent }),
    ...text(`${say(across)} ${signs.arrow} ${say(measured)}`),
    ...rows.map(({ y, first }, i) => {
      const filled = Math.min(width, Math.max(1, Math.round((Math.max(0, y) / largest) * width)));
      const bar = paint(first ? 'bar' : 'mark', signs[first ? 'full' : 'other'].repeat(filled));
      return `${start}${padded(heads[i] ?? '', headWidth, 'right')}  ${padded(names[i] ?? '', nameWidth)}  ${bar}${' '.repeat(width - filled)}  ${figures[i] ?? ''}`;
    }),
    ...text(say(note)),
  ];
}
