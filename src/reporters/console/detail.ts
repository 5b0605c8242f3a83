import type { Detail } from '../../core/check.js';
import { chart } from './chart.js';
import { distribution } from './distribution.js';
import type { Look } from './look.js';
import { path } from './path.js';
import { table } from './table.js';

/** What a check found worth drawing, indented. */
export function detail(look: Look, of: Detail, indent: number): string[] {
  switch (of.kind) {
    case 'path':
      return path(look, of.hops, indent);
    case 'distribution':
      return distribution(look, of, indent);
    case 'chart':
      return chart(look, of, indent);
    case 'table':
      return table(
        look,
        of.columns.map(look.say),
        of.rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : look.say(cell)))),
        indent,
      );
  }
}
