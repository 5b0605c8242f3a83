import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { codeIn, document, root, tableOf } from './markdown.js';

const architecture = document('docs/architecture.md');
const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

t.test('the picture of the layers is the one that imports are held against', async (t) => {
  const picture = architecture.blocks.find(({ text }) => text.startsWith('cli '))?.text ?? '';
  const rows = picture
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ +/).filter((word, i) => i === 0 || folders.includes(word)));
  const written = /const rows = (\[[\s\S]*?\n\]);/.exec(readFileSync(join(root, '.dependency-cruiser.cjs'), 'utf8'))?.[1] ?? '';
  const rules = z.array(z.array(z.string())).parse(JSON.parse(written.replaceAll("'", '"').replace(/,\s*\]$/, ']')));
  // The rules may know a box that is not there yet.
  const present = rules.map((row) => row.filter((box) => folders.includes(box))).filter((row) => row.length > 0);
  t.strictSame(
    rows.map((row) => row.toSorted()).toReversed(),
    present.map((row) => row.toSorted()),
  );
  t.strictSame(rows.flat().sort(), folders, 'every folder of src has its place');
});

t.test('the table of folders names each of them', async (t) => {
  const named = tableOf(architecture, 'folder').flatMap(([first = '']) => codeIn(first));
  t.strictSame(
    named.filter((name) => name.startsWith('src/')).sort(),
    folders.map((name) => `src/${name}`),
  );
  t.strictSame(
    named.filter((name) => !existsSync(join(root, name))),
    [],
  );
});
