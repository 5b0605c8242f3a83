import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import { shellWords } from './shell-words.js';

/** What a shell makes of the line: each word, with a NUL behind it. */
function heard(shell: string, argv: readonly string[]): readonly string[] {
  const line = `set -- ${shellWords(argv)}; for word; do printf '%s\\0' "$word"; done`;
  return execFileSync(shell, ['-c', line], { env: { ...process.env, LC_ALL: 'C' } })
    .toString()
    .split('\0')
    .slice(0, -1);
}

// A busy machine takes its time.
t.setTimeout(240_000);

t.test('plain words stay as they are, and all others come through a shell as they were', async (t) => {
  t.equal(shellWords(['sudo', '-n', 'ls', '/tmp/a_b-c.d:e@f%g+h,i']), 'sudo -n ls /tmp/a_b-c.d:e@f%g+h,i');
  t.equal(shellWords(["it's", '', 'a b']), `'it'\\''s' '' 'a b'`);
  const evil = [
    '$(touch x)',
    '`id`',
    '$HOME',
    'a;b',
    '*',
    '~',
    '!!',
    '\\',
    "'",
    "''",
    '"',
    '\n',
    ' ',
    '',
    '#',
    '&',
    '한글 €',
    '-n',
    '=x',
    'a=b',
    '{a,b}',
  ];
  for (const shell of ['sh', 'bash']) t.same(heard(shell, evil), evil, shell);
  t.throws(() => shellWords(['a\0b']), { message: /NUL/ });
});

t.test('whatever the words are', async () => {
  const word = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (argv) => {
      t.same(heard('sh', argv), argv);
    }),
    { numRuns: 20 },
  );
});
