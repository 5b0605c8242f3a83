import t from 'tap';
import { giveWidth } from './terminal-size.js';

t.test('a terminal without a size gets one; every other stream stays as it is', async (t) => {
  const unsized = { isTTY: true, columns: 0 };
  const narrow = { isTTY: true, columns: 40 };
  const file: { columns?: number } = {};
  giveWidth(unsized, narrow, file);
  t.same([unsized.columns, narrow.columns, file], [80, 40, {}]);
});
