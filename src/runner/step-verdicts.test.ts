import t from 'tap';
import type { Verdict } from '../core/check.js';
import { same } from '../core/text.js';
import { EvidenceView } from '../evidence/view.js';
import { Scene } from '../scene/scene.js';
import type { Claim } from '../schema/lab.js';
import { StepVerdicts } from './step-verdicts.js';

const found = { expected: same('x'), seen: same('y'), evidence: [] };
const pass: Verdict = { ...found, status: 'pass' };
const fail: Verdict = { ...found, status: 'fail', reason: 'count' };
const unsound: Verdict = { ...found, status: 'inconclusive', why: same('dropped') };

const claim = (id: string): Claim => ({
  id,
  says: same(id),
  check: 'any',
  options: {},
  clusters: undefined,
  breaks: [],
  source: { file: 'lab.yaml', line: 1, column: 1 },
});
const view = new EvidenceView({ read: () => new Uint8Array() }, []);
const scene = new Scene({}, []);

/** A judge that gives each claim its verdicts one after the other. */
function judgeOf(script: Record<string, Verdict[]>) {
  const judged: string[] = [];
  const judge = ({ id }: Claim): Verdict => {
    judged.push(id);
    const verdict = script[id]?.shift();
    if (verdict === undefined) throw new Error(`${id} was judged once too often`);
    return verdict;
  };
  return { judge, judged };
}

t.test('a verdict that was given stays: a failure is not retried, nor a pass', async (t) => {
  const { judge, judged } = judgeOf({ a: [fail], b: [unsound, pass], c: [pass] });
  const verdicts = new StepVerdicts([claim('a'), claim('b'), claim('c')], judge, 0);
  t.equal(verdicts.consider(view, scene, 1)?.status, 'inconclusive', 'another attempt is asked for');
  t.equal(verdicts.consider(view, scene, 2), undefined, 'everything is decided');
  t.same(judged, ['a', 'b', 'c', 'b']);
  t.same(
    verdicts.all.map(({ claim: { id }, verdict, attempt }) => [id, verdict.status, attempt]),
    [
      ['a', 'fail', 1],
      ['b', 'pass', 2],
      ['c', 'pass', 1],
    ],
  );
});

t.test('what another attempt would not change is not taken again', async (t) => {
  const lasting: Verdict = { ...found, status: 'inconclusive', why: same('no endpoint'), lasting: true };
  const { judge, judged } = judgeOf({ a: [lasting], b: [unsound, pass] });
  const alone = new StepVerdicts([claim('a')], judgeOf({ a: [lasting] }).judge, 0);
  t.equal(alone.consider(view, scene, 1), undefined, 'no other attempt is asked for');
  t.same(
    alone.all.map(({ verdict }) => verdict),
    [lasting],
    'and it is no pass',
  );
  const verdicts = new StepVerdicts([claim('a'), claim('b')], judge, 0);
  t.equal(verdicts.consider(view, scene, 1), unsound, 'for the other it is');
  t.equal(verdicts.consider(view, scene, 2), undefined);
  t.same(judged, ['a', 'b', 'b']);
});

t.test('evidence that is never sound stays inconclusive', async (t) => {
  const { judge } = judgeOf({ a: [unsound, unsound, unsound] });
  const verdicts = new StepVerdicts([claim('a')], judge, 0);
  for (const attempt of [1, 2, 3]) t.equal(verdicts.consider(view, scene, attempt)?.status, 'inconclusive');
  t.same(
    verdicts.all.map(({ verdict, attempt }) => [verdict.status, attempt]),
    [['inconclusive', 3]],
  );
});
