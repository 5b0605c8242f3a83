import t from 'tap';
import type { Verdict } from '../core/check.js';
import { EnvironmentError, InterruptedError, UnmetError, UsageError } from '../core/errors.js';
import { same } from '../core/text.js';
import type { Claim } from '../schema/lab.js';
import { Outcome } from './outcome.js';

const found = { expected: same('x'), seen: same('y'), evidence: [] };
const verdicts: Record<Verdict['status'], Verdict> = {
  pass: { ...found, status: 'pass' },
  fail: { ...found, status: 'fail', reason: 'count' },
  inconclusive: { ...found, status: 'inconclusive', why: same('dropped') },
  skip: { ...found, status: 'skip', why: same('no ip_vs'), optional: false },
};
const claim: Claim = {
  id: 'a',
  says: same('a'),
  check: 'any',
  options: {},
  breaks: [],
  clusters: undefined,
  source: { file: 'lab.yaml', line: 1, column: 1 },
};

function outcomeOf(...statuses: Verdict['status'][]): Outcome {
  const outcome = new Outcome();
  for (const status of statuses) outcome.addClaim('step', claim, verdicts[status], 1);
  return outcome;
}

t.test('the exit code is the first that applies', async (t) => {
  t.equal(outcomeOf('pass', 'pass').exitCode(undefined, false), 0);
  t.equal(outcomeOf('pass', 'inconclusive').exitCode(undefined, false), 4);
  t.equal(outcomeOf('inconclusive', 'fail').exitCode(undefined, false), 1);
  t.equal(outcomeOf('fail', 'skip').exitCode(undefined, false), 3);
  t.equal(outcomeOf('fail', 'skip').exitCode(undefined, true), 1);
  t.equal(outcomeOf('pass', 'skip').exitCode(undefined, true), 0);
});

t.test('an error counts by its kind', async (t) => {
  t.equal(outcomeOf('fail').exitCode(new InterruptedError('SIGINT'), false), 130);
  t.equal(outcomeOf('fail').exitCode(new InterruptedError('SIGTERM'), false), 143);
  t.equal(outcomeOf('fail').exitCode(new UsageError('x'), false), 2);
  t.equal(outcomeOf('fail').exitCode(new UnmetError('x'), false), 3);
  t.equal(outcomeOf('fail').exitCode(new EnvironmentError('x'), false), 1, 'a failure that was seen is not hidden by what broke later');
  t.equal(outcomeOf('pass').exitCode(new EnvironmentError('x'), false), 4);
});

t.test('a break that proves nothing is no success', async (t) => {
  const broken = { step: 's', claim: 'a', break: 'b', becauseOf: 'count', why: same('') };
  const withBreak = (status: 'proven' | 'not-proven' | 'inconclusive'): number => {
    const outcome = outcomeOf('pass');
    outcome.addBreak({ ...broken, status });
    return outcome.exitCode(undefined, false);
  };
  t.equal(withBreak('proven'), 0);
  t.equal(withBreak('not-proven'), 1);
  t.equal(withBreak('inconclusive'), 4);
});

t.test('totals count each verdict once', async (t) => {
  t.same(outcomeOf('pass', 'pass', 'fail', 'skip', 'inconclusive').totals, { pass: 2, fail: 1, inconclusive: 1, skip: 1 });
});
