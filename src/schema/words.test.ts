import fc from 'fast-check';
import t from 'tap';
import { splitWords } from './words.js';

const words = (typed: string) => splitWords(typed).words.map((word) => word.text);

t.test('words are split as a shell splits them', async (t) => {
  t.same(words('curl -s $service.address:$service.port'), ['curl', '-s', '$service.address:$service.port']);
  t.same(words('  a \t b  '), ['a', 'b']);
  t.same(words(`curl -H 'X: a b' "http://x/?a=1&b=2" e""mpty ''`), ['curl', '-H', 'X: a b', 'http://x/?a=1&b=2', 'empty', '']);
  t.same(words(`"it's" 'say "x"'`), ["it's", 'say "x"']);
  t.same(words(''), []);
  t.same(splitWords('ab "c d"').words, [
    { text: 'ab', start: 0, end: 2 },
    { text: 'c d', start: 3, end: 8 },
  ]);
});

t.test('what only a shell could do is refused, with its place', async (t) => {
  for (const operator of ['|', '>', '<', ';', '&', '`', '(', ')', '\\', '\n']) {
    t.match(splitWords(`ab ${operator}`).faults, [{ offset: 3, text: operator }], JSON.stringify(operator));
    t.same(splitWords(`ab '${operator}'`).faults, [], 'single quotes make it a text');
  }
  t.match(splitWords('a $(b').faults, [{ offset: 2, text: '$(' }]);
  t.match(splitWords('a "$(b" "\\n"').faults, [
    { offset: 3, text: '$(' },
    { offset: 9, text: '\\' },
  ]);
  t.match(splitWords("a 'b").faults, [{ offset: 2, message: 'the quote is not closed' }]);
});

t.test('property: single-quoted words come back as they were', async (t) => {
  const word = fc.string().map((text) => text.replaceAll("'", ''));
  fc.assert(
    fc.property(fc.array(word), (list) => {
      const { words, faults } = splitWords(list.map((text) => `'${text}'`).join(' '));
      return faults.length === 0 && JSON.stringify(words.map(({ text }) => text)) === JSON.stringify(list);
    }),
  );
  t.pass();
});
