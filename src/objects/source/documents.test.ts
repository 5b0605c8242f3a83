import fc from 'fast-check';
import t from 'tap';
import { readDocuments } from './documents.js';

const read = (text: string, dialect?: 'kubernetes') => readDocuments({ file: 'x.yaml', text }, dialect);

t.test('several documents, YAML and JSON, become plain data', async (t) => {
  const { documents, problems } = read('a: 1\n---\n# nothing here\n---\n{"b": [true, null, "x"]}\n');
  t.same(problems, []);
  t.same(
    documents.map((document) => document.value),
    [{ a: 1 }, { b: [true, null, 'x'] }],
  );
});

t.test('a problem points at the value, at the key, or at the nearest parent', async (t) => {
  const [document] = read('top:\n  list:\n    - name: 가나다  # comment\n      port: "80"\n').documents;
  const at = (path: (string | number)[], where?: 'key' | 'value') => {
    const { line, column, length, source } = document?.problem(path, { message: 'm' }, where) ?? {
      line: 0,
      column: 0,
      length: 0,
      source: '',
    };
    return [line, column, length, source.trim()];
  };
  t.same(at(['top', 'list', 0, 'name']), [3, 13, 3, '- name: 가나다  # comment']);
  t.same(at(['top', 'list', 0, 'name'], 'key'), [3, 7, 4, '- name: 가나다  # comment']);
  t.same(at(['top', 'list', 0, 'port']), [4, 13, 4, 'port: "80"']);
  t.same(at(['top', 'list', 0]), [3, 7, 4, '- name: 가나다  # comment'], 'a mapping in a list: its first key');
  t.same(at(['top', 'list', 0, 'absent']), [3, 7, 4, '- name: 가나다  # comment']);
  t.same(at(['top', 'absent', 'deeper']), [1, 1, 3, 'top:']);
  t.same(at(['top', 'list']), [2, 3, 4, 'list:'], 'a list: the key that leads to it');
  t.same(at([]), [1, 1, 3, 'top:']);
});

t.test('a part of a value is found again behind quotes, the second of two as well', async (t) => {
  const [document] = read("a: \"x $y.z and $y.z\"\nb: 'it''s $q'\n").documents;
  const column = (path: string, text: string, offset: number) =>
    document?.problem([path], { message: '' }, 'value', { text, offset }).column;
  t.equal(column('a', '$y.z', 2), 7);
  t.equal(column('a', '$y.z', 11), 16);
  t.equal(column('b', '$q', 5), 11);
  t.equal(column('b', 'not there', 0), 4, 'or the whole value');
});

t.test('a byte order mark is no column, and CRLF ends a line', async (t) => {
  const { documents, problems } = read('\uFEFFa: x\r\nb: y\r\n');
  t.same(problems, []);
  const [document] = documents;
  t.same(document?.value, { a: 'x', b: 'y' });
  t.match(document?.problem(['a'], { message: '' }), { line: 1, column: 4, length: 1, source: 'a: x' });
  t.match(document?.problem(['b'], { message: '' }), { line: 2, column: 4, length: 1, source: 'b: y' });
});

t.test('what is no text is one problem', async (t) => {
  const cases: readonly [string, string][] = [
    ['a: 1\nb: \0\n', 'the file holds a NUL byte'],
    ['a: \uFFFD\n', 'the file holds bytes that are not UTF-8'],
    ['a: \u001b[31m\n', 'the file holds the control character U+001B'],
    ['a: 1\rb: 2', 'the file holds a carriage return without a line feed'],
    ['', 'the file is empty'],
    [' \n\n', 'the file is empty'],
    ['# only\n---\n', 'the file holds nothing but comments'],
  ];
  for (const [text, message] of cases) {
    const { documents, problems } = read(text);
    t.same(documents, []);
    t.same(
      problems.map((problem) => problem.message),
      [message],
    );
  }
  t.match(read('a: 1\nb: \0\n').problems[0], { line: 2, column: 4 });
});

t.test('files that are made to exhaust the reader are refused at once', async (t) => {
  const bombs = ['['.repeat(100_000), `${'['.repeat(500)}${']'.repeat(500)}`, `${'- '.repeat(5_000)}a`, '{a: '.repeat(2_000)];
  for (const text of bombs) t.match(read(text).problems, [{ message: 'more than 100 levels of nesting', line: 1 }]);
  t.same(read(`${'['.repeat(100)}${']'.repeat(100)}`).problems, [], 'a hundred levels are read');
  const aliases = read('a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n');
  t.same(aliases.documents, []);
  t.match(aliases.problems, [{ line: 2, column: 8, length: 2, message: 'the alias *a is not read here' }]);
});

t.test('keys are given once, whatever their type, and cannot reach a prototype', async (t) => {
  const { documents, problems } = read('1: a\n"1": b\n__proto__: { c: d }\n? [x]\n: y\n');
  t.same(documents, [], 'a key that is a list leaves a hole');
  t.same(
    problems.map(({ line, message }) => [line, message]),
    [
      [2, "'1' is given twice"],
      [3, "'__proto__' cannot be a key here"],
      [4, 'a key must be a single word or text'],
    ],
  );
});

t.test('syntax errors are told with what to do, several at once', async (t) => {
  const { problems } = read('a:\n\tb: 1\nc: "open\n');
  t.ok(problems.length >= 2);
  t.ok(problems.every(({ message }) => message.startsWith('not valid YAML: ')));
  t.match(problems[0], { line: 2, hint: 'indent with spaces' });
});

t.test('what YAML 1.1 and 1.2 read in two ways is refused in manifests alone', async (t) => {
  const text = 'a: yes\nb: "no"\nc: 010\nd: 0\ne: 0.5\nf: None\n';
  t.same(read(text).problems, []);
  t.same(
    read(text, 'kubernetes').problems.map(({ line }) => line),
    [1, 3],
  );
  t.same(read('a:\nb: [null]\n', 'kubernetes').documents[0]?.value, { b: [null] }, 'a key without a value is left out');
  t.same(read('a:\n').documents[0]?.value, { a: null });
});

t.test('property: no text makes it throw, and every problem lies inside the file', async (t) => {
  const words = fc.constantFrom(
    'a',
    ': ',
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '|',
    '>',
    '&a',
    '*a',
    '!t',
    '#',
    ',',
    '\t',
    '\r\n',
    '---',
    '...',
    '%',
    '@',
    '가',
    '\uFEFF',
    '? ',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
      const text = parts.join('');
      const lines = text.replace(/^\uFEFF/, '').split('\n');
      return read(text).problems.every(
        ({ line, column, length }) => line <= lines.length && column - 1 <= (lines[line - 1] ?? '').length && length >= 1,
      );
    }),
    { numRuns: 2_000 },
  );
  t.pass('2,000 texts');
});
