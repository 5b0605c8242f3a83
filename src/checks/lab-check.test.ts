import t from 'tap';
import { z } from 'zod';
import { EnvironmentError, UsageError } from '../core/errors.js';
import { UnsoundEvidence } from '../evidence/unsound.js';
import { defineCheck, judgeClaim } from './lab-check.js';
import { falseAlarm, stage, unsoundWhy } from './testing/stage.js';

const expected = { en: 'something', ko: '무언가' };

function checkThat(judge: () => void) {
  return defineCheck({
    kind: 'test',
    optionsSchema: z.strictObject({ wire: z.string().default('wire') }),
    reasons: ['wrong'],
    observations: ({ wire }) => [wire, 'objects'],
    judge() {
      judge();
      return { status: 'fail', reason: 'wrong', expected, seen: expected };
    },
  });
}

const fails = checkThat(() => undefined);
const throws = (error: Error) =>
  checkThat(() => {
    throw error;
  });

t.test('a verdict names its evidence', async (t) => {
  const verdict = judgeClaim(fails, {}, stage({}), falseAlarm);
  t.match(verdict, { status: 'fail', reason: 'wrong', expected });
  t.equal(verdict.evidence.length, 9, 'four captures, the names of their links, and the objects');
});

t.test('unsound evidence is looked at first', async (t) => {
  const never = throws(new Error('must not be judged'));
  t.match(judgeClaim(never, {}, stage({ unsound: 'wire' }), falseAlarm), { status: 'inconclusive', why: unsoundWhy });
  t.match(judgeClaim(never, { wire: 'other' }, stage({}), falseAlarm), {
    status: 'inconclusive',
    why: { en: /nothing was observed as 'other'/ },
  });
});

t.test('evidence that turns out to be missing, and a cluster that lacks something, are inconclusive', async (t) => {
  const why = { en: 'a file is gone', ko: '파일이 없습니다' };
  t.match(judgeClaim(throws(new UnsoundEvidence(why)), {}, stage({}), falseAlarm), { status: 'inconclusive', why });
  const gone = judgeClaim(throws(new EnvironmentError('pod x is not there')), {}, stage({}), falseAlarm);
  t.match(gone, { status: 'inconclusive', why: { en: 'pod x is not there', ko: /pod x is not there/ } });
});

t.test('any other error is a fault, and not hidden', async (t) => {
  for (const error of [new TypeError('a bug'), new UsageError('no such role')]) {
    t.throws(() => judgeClaim(throws(error), {}, stage({}), falseAlarm), error);
  }
  t.throws(() => judgeClaim(fails, { wier: 'x' }, stage({}), falseAlarm), z.ZodError);
});
