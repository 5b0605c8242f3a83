import fc from 'fast-check';
import t from 'tap';
import { answersCheck } from './answers.js';
import { pods } from './testing/cluster.js';
import { judged, outcome } from './testing/stage.js';
import { answerOf, connections, unanswered } from './testing/traffic.js';

const options = { by: 'backends' };
const answers = connections(6).map(answerOf);
const [first, ...rest] = answers;
if (first === undefined) throw new Error('six answers have a first');
const direct = pods.map(({ address, name }, index) => ({ ...first, index, url: `${address}:80`, body: `Hostname: ${name}\n` }));

t.test('every request answered by one of the pods', async (t) => {
  const verdict = judged(answersCheck, options, { answers });
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, '6 of 6 requests answered: webpod1 2, webpod2 2, webpod3 2');
  t.equal(outcome(judged(answersCheck, { answers: 'direct', by: 'backends' }, { answers })), 'inconclusive', 'of another name');
});

t.test('each pod by its own address', async (t) => {
  t.equal(outcome(judged(answersCheck, { by: 'target' }, { answers: direct })), 'pass');
  const impostor = direct.map((answer, i) => (i === 0 ? { ...answer, body: 'Hostname: webpod2\n' } : answer));
  const verdict = judged(answersCheck, { by: 'target' }, { answers: impostor });
  t.equal(outcome(verdict), 'wrong-responder');
  t.match(verdict.seen.en, /request 1 to 10\.10\.1\.2:80: answered by webpod2/);
  t.equal(outcome(judged(answersCheck, { by: 'target' }, { answers })), 'wrong-responder', 'no pod has the ClusterIP');
});

t.test('a request without an answer, and no request at all', async (t) => {
  const verdict = judged(answersCheck, options, { answers: [unanswered(first), ...rest] });
  t.equal(outcome(verdict), 'no-answer');
  t.match(verdict.seen.en, /5 of 6 requests answered.*request 1 .*curl exit 7 \(Failed to connect\)/);
  t.equal(outcome(judged(answersCheck, options, { answers: [] })), 'no-answer');
});

t.test('another status, another responder', async (t) => {
  t.equal(outcome(judged(answersCheck, options, { answers: [{ ...first, status: 503 }, ...rest] })), 'status');
  t.equal(outcome(judged(answersCheck, options, { answers: [{ ...first, body: 'Hostname: impostor\n' }, ...rest] })), 'wrong-responder');
  t.equal(outcome(judged(answersCheck, options, { answers: [{ ...first, body: 'hello' }, ...rest] })), 'wrong-responder');
});

t.test('the order of the answers does not matter', async (t) => {
  const mixed = [...answers, { ...first, status: 503 }, unanswered(first)];
  for (const all of [answers, mixed.slice(0, 7), mixed]) {
    const expected = outcome(judged(answersCheck, options, { answers: all }));
    const any = fc.shuffledSubarray(all, { minLength: all.length });
    fc.assert(
      fc.property(any, (shuffled) => outcome(judged(answersCheck, options, { answers: shuffled })) === expected),
      { numRuns: 20 },
    );
  }
  t.pass('for twenty orders of each');
});

t.test('without its evidence', async (t) => {
  t.equal(outcome(judged(answersCheck, options, { answers, unsound: 'answers' })), 'inconclusive');
});

t.test('one and the same pod', async (t) => {
  const asked = { by: 'backends', samePod: true };
  const verdict = judged(answersCheck, asked, { answers });
  t.equal(outcome(verdict), 'other-pod');
  t.match(verdict.seen.en, /6 of 6 requests answered: .*; request 2 .*: answered by webpod2$/);
  t.equal(outcome(judged(answersCheck, asked, { answers: connections(6, () => 2).map(answerOf) })), 'pass');
  t.equal(outcome(judged(answersCheck, asked, { answers: [] })), 'no-answer', 'nothing at all is not one pod');
});
