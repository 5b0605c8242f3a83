import fc from 'fast-check';
import t from 'tap';
import { Renaming } from './renaming.js';

function renamed(pieces: readonly string[], from: string, to: string): string {
  let written = '';
  const renaming = new Renaming(from, to, (text) => {
    written += text;
  });
  for (const piece of pieces) renaming.hear(piece);
  renaming.end();
  return written;
}

t.test('a name is replaced wherever the text comes apart, and nothing else changes', async (t) => {
  t.equal(
    renamed(['a /var/t', 'mp/x1/run ', '/var/tmp/x1', ' /var/tmp/x'], '/var/tmp/x1', '/home/$&/runs'),
    'a /home/$&/runs/run /home/$&/runs /var/tmp/x',
  );
  const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 6 }), { maxLength: 8 });
  fc.assert(
    fc.property(pieces, (some) => {
      t.equal(renamed(some, '/ab/a', 'X'), some.join('').replaceAll('/ab/a', 'X'));
    }),
    { numRuns: 300 },
  );
});

t.test('what cannot be the beginning of the name is written at once', async (t) => {
  const written: string[] = [];
  const renaming = new Renaming('/var/tmp/x1', '/o', (text) => written.push(text));
  renaming.hear('step 1\n');
  renaming.hear('see /var');
  t.same(written, ['step 1\n', 'see ']);
});
