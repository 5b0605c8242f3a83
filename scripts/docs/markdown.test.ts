import t from 'tap';
import { codeIn, parseMarkdown, tableOf } from './markdown.js';

const text = [
  '# One',
  'prose `a` and `b c`',
  '```sh',
  '# no heading',
  '| no | table |',
  '```',
  '## Two',
  '',
  '| x | y |',
  '| --- | --- |',
  '| `p\\|q` | 2 |',
];

t.test('what the tests of the documents read', async (t) => {
  const read = parseMarkdown('x.md', text.join('\n'));
  t.strictSame(read.headings, [
    { level: 1, text: 'One' },
    { level: 2, text: 'Two' },
  ]);
  t.strictSame(read.blocks, [{ language: 'sh', text: '# no heading\n| no | table |\n', line: 3 }]);
  t.strictSame(tableOf(read, 'x'), [['`p|q`', '2']]);
  t.strictSame(codeIn(read.prose), ['a', 'b c', 'p\\|q']);
});

t.test('a document that cannot be read as it is meant', async (t) => {
  t.throws(() => parseMarkdown('x.md', 'a\n```sh\nb'), { message: 'x.md:2: the code block is not closed' });
  t.throws(() => tableOf(parseMarkdown('x.md', text.join('\n')), 'z'), { message: "x.md has 0 tables with the head 'z'" });
});
