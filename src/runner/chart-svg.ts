import type { Detail } from '../core/check.js';

const [width, height] = [760, 420];
const frame = { left: 70, right: 150, top: 70, bottom: 60 };
/** Told apart also without colours, by their dashes. */
const strokes = [
  { color: '#c2410c', dash: '' },
  { color: '#1d4ed8', dash: '6 3' },
  { color: '#15803d', dash: '2 3' },
];

/** A chart as one SVG file that needs no other: lines with their intervals, titles in both languages. */
export function chartSvg({ title, across, measured, unit, series, note }: Extract<Detail, { kind: 'chart' }>): string {
  const points = series.flatMap((one) => one.points);
  const [maxX, maxY] = [Math.max(1, ...points.map(({ x }) => x)), niceAbove(Math.max(0, ...points.flatMap(({ y, high }) => [y, high])))];
  const x = (value: number): number => round(frame.left + (value / maxX) * (width - frame.left - frame.right));
  const y = (value: number): number => round(height - frame.bottom - (Math.max(0, value) / maxY) * (height - frame.top - frame.bottom));
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const text = (at: readonly [number, number], words: string, more = ''): string =>
    `<text x="${at[0]}" y="${at[1]}" ${more}>${escaped(words)}</text>`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#1f2937">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text([frame.left, 24], title.en, 'font-size="15" font-weight="bold"'),
    text([frame.left, 42], title.ko, 'font-size="13"'),
    text([frame.left, 60], `${measured.en} / ${measured.ko}, ${unit}`, 'fill="#4b5563"'),
    ...ticks.flatMap((share) => [
      `<path d="M${frame.left} ${y(share * maxY)}H${width - frame.right}" stroke="#e5e7eb"/>`,
      text([frame.left - 8, y(share * maxY) + 4], plain(share * maxY), 'text-anchor="end"'),
    ]),
    ...ticks.map((share) => text([x(share * maxX), height - frame.bottom + 18], plain(share * maxX), 'text-anchor="middle"')),
    text([x(maxX / 2), height - frame.bottom + 36], `${across.en} / ${across.ko}`, 'text-anchor="middle" fill="#4b5563"'),
    text([frame.left, height - 6], note.en, 'font-size="10" fill="#4b5563"'),
    ...series.flatMap(({ name, points: own }, i) => {
      const { color, dash } = strokes[i % strokes.length] ?? { color: '#000000', dash: '' };
      const line = own.map((point) => `${x(point.x)},${y(point.y)}`).join(' ');
      const last = own.at(-1);
      return [
        `<polyline points="${line}" fill="none" stroke="${color}" stroke-width="2" stroke-dasharray="${dash}"/>`,
        ...own.flatMap((point) => [
          `<path d="M${x(point.x)} ${y(point.low)}V${y(point.high)}" stroke="${color}"/>`,
          `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="3" fill="${color}"/>`,
        ]),
        ...(last === undefined ? [] : [text([x(last.x) + 8, y(last.y) + 4], `${name} ${plain(last.y)}`, `fill="${color}"`)]),
      ];
    }),
    '</svg>',
  ].join('\n')}\n`;
}

/** The next of 1, 2, 4 or 5 times a power of ten. */
function niceAbove(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function plain(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(words: string): string {
  return words
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ');
}
