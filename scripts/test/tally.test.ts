import t from 'tap';
import { tallyTap } from './tally.js';

const fine = { code: 0, why: '' };
const count = (tap: string, exit: Parameters<typeof tallyTap>[2] = fine) => {
  const { passed, failed, skipped, failures, skips } = tallyTap('a.test.ts', tap, exit);
  return { counts: [passed, failed, skipped], failures, skips };
};

t.test('the innermost assertions are counted, once', async (t) => {
  const tap = `TAP version 14
# Subtest: outer
    # Subtest: inner
        ok 1 - a
        not ok 2 - b
          ---
          diff: x
          source: y
          ...
        1..2
    not ok 1 - inner
    ok 2 - c
    1..2
not ok 1 - outer
ok 2 - d
1..2
`;
  const { counts, failures } = count(tap, { code: 1, why: 'exit code 1' });
  t.strictSame(counts, [3, 1, 0]);
  t.strictSame(failures, [{ name: 'a.test.ts > outer > inner > b', detail: 'diff: x' }]);
});

t.test('what goes wrong around the assertions is a failure too', async (t) => {
  t.strictSame(
    count('TAP version 14\n# Subtest: s\n    ok 1 - a\n    1..2\nnot ok 1 - s\n1..1\n').counts,
    [1, 1, 0],
    'a plan missed inside',
  );
  t.strictSame(count('TAP version 14\nok 1 - a\n1..3\n').counts, [1, 1, 0], 'a plan missed at the top');
  t.strictSame(count('TAP version 14\nok 1 - a\n').counts, [1, 1, 0], 'no plan: cut short');
  t.strictSame(count('TAP version 14\nok 1 - a\nBail out! no more\n').counts, [1, 1, 0], 'bailed out');
  t.strictSame(count('').counts, [0, 1, 0], 'nothing at all');
  t.strictSame(count('TAP version 14\n1..0\n').counts[1], 1, 'a file that asserts nothing');
  const crashed = count('TAP version 14\nok 1 - a\n1..1\n', { code: 139, why: 'ended with SIGSEGV' });
  t.strictSame(crashed.counts, [1, 1, 0], 'an exit code');
  t.match(crashed.failures, [{ detail: 'ended with SIGSEGV' }]);
});

t.test('skips and todos are neither passed nor failed, and keep their reason', async (t) => {
  const { counts, skips } = count('TAP version 14\nok 1 - a # SKIP needs kind: a cluster\nnot ok 2 - b # TODO later\nok 3 - c\n1..3\n');
  t.strictSame(counts, [1, 0, 2]);
  t.strictSame(skips, [
    { name: 'a.test.ts > a', reason: 'needs kind: a cluster' },
    { name: 'a.test.ts > b', reason: 'later' },
  ]);
  t.match(count('TAP version 14\n1..0 # SKIP needs tshark: another reader\n').skips, [{ reason: 'needs tshark: another reader' }]);
});
