import { oneLine } from '../visible.js';
import { fields } from './fields.js';
import { padded, widthOf } from './flow.js';
import type { Look } from './look.js';

const gap = '  ';

/** Columns under their names, numbers to the right; where that is too wide, each row as a list of its own. */
export function table(look: Look, columns: readonly string[], rows: readonly (readonly string[])[], indent: number): string[] {
  const names = columns.map(oneLine);
  const cells = rows.map((row) => names.map((_, index) => oneLine(row[index] ?? '')));
  const widths = names.map((name, index) => widthOf([name, ...cells.map((row) => row[index] ?? '')]));
  if (indent + widths.reduce((sum, width) => sum + width + gap.length, -gap.length) > look.columns)
    return listed(look, names, cells, indent);

  const sides = names.map((_, index) => (cells.length > 0 && cells.every((row) => isNumber(row[index] ?? '')) ? 'right' : 'left'));
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => padded(cell, widths[index] ?? 0, sides[index]))
      .join(gap)
      .trimEnd();
  const start = ' '.repeat(indent);
  return [start + look.paint('quiet', line(names)), ...cells.map((row) => start + line(row))].map((each) => each.trimEnd());
}

function listed(look: Look, names: readonly string[], rows: readonly (readonly string[])[], indent: number): string[] {
  return rows.flatMap((row, index) => [
    ...(index === 0 ? [] : ['']),
    ...fields(
      look,
      names.map((label, column) => ({ label, spans: [{ text: row[column] ?? '' }] })),
      indent,
    ),
  ]);
}

function isNumber(cell: string): boolean {
  return /^[+-]?\d[\d.,]*(?: ?%)?$/.test(cell) && !/\..*\./.test(cell);
}
