import t from 'tap';
import { UsageError } from '../src/core/errors.js';
import { readArguments } from './arguments.js';

t.test('nothing said', (t) => {
  t.same(readArguments([]), {
    names: [],
    runs: undefined,
    out: undefined,
    json: false,
    markdown: false,
    kind: false,
    list: false,
    help: false,
  });
  t.end();
});

t.test('names and options in any order', (t) => {
  t.match(readArguments(['up', '--runs', '7', 'curl', '--json']), {
    names: ['up', 'curl'],
    runs: 7,
    json: true,
    markdown: false,
    kind: false,
  });
  t.match(readArguments(['--runs=3', '--out', 'figures', '--markdown', '--kind', '--list', '-h']), {
    names: [],
    runs: 3,
    out: 'figures',
    markdown: true,
    kind: true,
    list: true,
    help: true,
  });
  t.end();
});

t.test('what makes no sense is refused', (t) => {
  for (const runs of ['0', '-1', '1.5', 'many', '', '1001']) {
    t.throws(() => readArguments([`--runs=${runs}`]), UsageError, `--runs=${runs}`);
  }
  t.throws(() => readArguments(['--fast']), { name: 'UsageError', message: /--fast/, hint: /npm run bench/ });
  t.throws(() => readArguments(['--json=yes']), UsageError);
  t.end();
});
