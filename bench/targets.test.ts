import t from 'tap';
import { describeTarget, holdAgainst } from './targets.js';

const rounds = [
  { ours: 100, theirs: 400 },
  { ours: 300, theirs: 500 },
  { ours: 200, theirs: 1000 },
];

t.test('a median', (t) => {
  t.match(holdAgainst({ kind: 'median', of: 'ours', atMost: 200 }, rounds), { status: 'met', value: 200 });
  t.match(holdAgainst({ kind: 'median', of: 'ours', atMost: 199 }, rounds), { status: 'missed', value: 200 });
  t.end();
});

t.test('a ratio is taken round by round', (t) => {
  t.match(holdAgainst({ kind: 'ratio', of: 'ours', to: 'theirs', atMost: 0.5 }, rounds), { status: 'met', value: 0.25 });
  t.match(holdAgainst({ kind: 'ratio', of: 'theirs', to: 'ours', atMost: 0.5 }, rounds), { status: 'missed', value: 4 });
  t.end();
});

t.test('a difference', (t) => {
  t.match(holdAgainst({ kind: 'difference', of: 'theirs', to: 'ours', atMost: 300 }, rounds), { status: 'met', value: 300 });
  t.end();
});

t.test('who did not take part neither met nor missed it', (t) => {
  const target = { kind: 'ratio', of: 'ours', to: 'absent', atMost: 0.5 } as const;
  t.same(holdAgainst(target, rounds), { target, status: 'not measured' });
  t.end();
});

t.test('in words', (t) => {
  t.equal(describeTarget({ kind: 'median', of: 'ours', atMost: 250 }, 'ms'), 'ours: at most 250 ms');
  t.equal(describeTarget({ kind: 'ratio', of: 'ours', to: 'theirs', atMost: 0.5 }, 'ms'), 'ours: at most 0.5 times theirs');
  t.equal(describeTarget({ kind: 'difference', of: 'ours', to: 'theirs', atMost: 50 }, 'ms'), 'ours: at most 50 ms more than theirs');
  t.end();
});
