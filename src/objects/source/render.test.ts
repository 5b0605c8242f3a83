import stringWidth from 'string-width';
import t from 'tap';
import { renderProblems } from './render.js';

const place = { file: 'lab.yaml', line: 3, message: 'wrong' };

t.test('a caret of the right length stands below the fault', async (t) => {
  t.equal(
    renderProblems([{ ...place, column: 7, length: 4, source: 'name: wide', expected: 'less', hint: 'try' }]),
    ['lab.yaml:3:7: wrong', '    name: wide', '          ^^^^', '    expected: less', '    hint: try'].join('\n'),
  );
});

t.test('Hangul is two columns wide, before the fault and in it', async (t) => {
  const [, source = '', caret = ''] = renderProblems([{ ...place, column: 5, length: 2, source: '한글: 다른 것' }]).split('\n');
  t.equal(caret, `${' '.repeat(4 + stringWidth('한글: '))}${'^'.repeat(stringWidth('다른'))}`);
  t.equal(source, '    한글: 다른 것');
});

t.test('tabs become spaces, in the line and below it', async (t) => {
  t.equal(
    renderProblems([{ ...place, column: 4, length: 1, source: 'a\t\tb' }]),
    ['lab.yaml:3:4: wrong', '    a       b', '            ^'].join('\n'),
  );
});

t.test('a long line is cut around the fault', async (t) => {
  const source = `${'x'.repeat(500)}FAULT${'y'.repeat(500)}`;
  const [, shown = '', caret = ''] = renderProblems([{ ...place, column: 501, length: 5, source }]).split('\n');
  t.ok(shown.length < 160);
  t.equal(shown.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1), 'FAULT');
  t.match(shown, /^ {4}…x+FAULTy+…$/);
});

t.test('a file cannot steer the terminal', async (t) => {
  const text = renderProblems([
    { ...place, file: 'a\u001b]0;x', message: 'bad \u001b[2J\u202e', column: 1, length: 3, source: '\u001b[2J' },
  ]);
  t.notMatch(text, /[\u001b\u202e]/);
  t.match(text, '␛[2J');
});

t.test('colours on request alone; problems apart by an empty line', async (t) => {
  const problem = { ...place, column: 1, length: 1, source: 'x' };
  t.notMatch(renderProblems([problem]), '\u001b');
  t.match(renderProblems([problem], { color: true }), '\u001b[31m^\u001b[0m');
  t.equal(renderProblems([problem, problem]).split('\n\n').length, 2);
  t.equal(renderProblems([{ ...problem, source: '' }]), 'lab.yaml:3:1: wrong', 'no source line, no caret');
});
