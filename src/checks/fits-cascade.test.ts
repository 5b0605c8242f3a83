import fc from 'fast-check';
import t from 'tap';
import { fitsCascadeCheck } from './fits-cascade.js';
import { service } from './testing/cluster.js';
import { endpointChainOf, inserted } from './testing/rules.js';
import { type Change, judged, outcome } from './testing/stage.js';
import { answerOf, connections, unanswered } from './testing/traffic.js';

const options = { on: 'client.node', service: 'service' };
const spread = (...perPod: readonly number[]) => {
  const turns = perPod.flatMap((count, pod) => new Array<number>(count).fill(pod));
  return connections(turns.length, (index) => turns[index] ?? 0);
};

t.test('answers as the rules have them', async (t) => {
  const verdict = judged(fitsCascadeCheck, options, { connections: spread(104, 91, 105) });
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, 'webpod1 104, webpod2 91, webpod3 105');
  t.match(verdict.details, [
    {
      kind: 'distribution',
      rows: [
        { label: 'webpod1', count: 104 },
        { label: 'webpod2', count: 91 },
        { label: 'webpod3', count: 105 },
      ],
      note: { en: /^n = 300; p = 0\.\d+, 0\.\d+, each to be at least 5\.0e-7; a share \d+\.\d points .* 99 % power$/ },
    },
  ]);
});

t.test('half of the connections at one pod', async (t) => {
  t.equal(outcome(judged(fitsCascadeCheck, options, { connections: spread(200, 50, 50) })), 'distribution');
  t.equal(outcome(judged(fitsCascadeCheck, options, { connections: spread(150, 150, 0) })), 'distribution');
});

t.test('what fits depends on the live rules, not on what they should be', async (t) => {
  const nine = {
    id: 'extra',
    table: 'nat',
    chain: service.chain,
    spec: `-m statistic --mode random --probability 0.9 -j ${endpointChainOf(0)}`,
  } as const;
  const change: Change = (rules) => inserted(rules, nine);
  t.equal(outcome(judged(fitsCascadeCheck, options, { connections: spread(280, 10, 10), change })), 'pass', '0.9 and a third of the rest');
  t.equal(outcome(judged(fitsCascadeCheck, options, { connections: spread(100, 100, 100), change })), 'distribution');
});

t.test('a responder that is no endpoint, or no answer', async (t) => {
  const all = spread(100, 100, 100).map(answerOf);
  const [first, ...rest] = all;
  if (first === undefined) throw new Error('300 answers have a first');
  t.equal(
    outcome(judged(fitsCascadeCheck, options, { answers: [{ ...first, body: 'Hostname: impostor\n' }, ...rest] })),
    'unknown-responder',
  );
  t.equal(outcome(judged(fitsCascadeCheck, options, { answers: [...rest, unanswered(first)] })), 'unknown-responder');
});

t.test('too few requests are refused', async (t) => {
  const verdict = judged(fitsCascadeCheck, options, { connections: spread(6, 7, 7) });
  t.equal(outcome(verdict), 'inconclusive');
  t.match(verdict, { lasting: true }, 'as many requests would be too few again');
  const smallest = Number(/fault; (\d+) can/.exec(verdict.status === 'inconclusive' ? verdict.why.en : '')?.[1]);
  t.ok(smallest > 20, 'and it says how many would do');
  t.equal(outcome(judged(fitsCascadeCheck, options, { connections: spread(smallest) })), 'distribution', 'which can fail indeed');
  t.equal(outcome(judged(fitsCascadeCheck, options, { connections: spread(smallest - 1) })), 'inconclusive');
  t.equal(outcome(judged(fitsCascadeCheck, options)), 'inconclusive', 'nothing was asked');
});

t.test('one endpoint gets them all, and that is no matter of chance', async (t) => {
  const change: Change = (rules) => rules.filter(({ id }) => !['step0', 'step1'].includes(id));
  const one = (...perPod: readonly number[]) => outcome(judged(fitsCascadeCheck, options, { connections: spread(...perPod), change }));
  t.equal(one(0, 0, 300), 'pass');
  t.equal(one(0, 0, 1), 'pass', 'a single answer says all that there is to say');
  t.equal(one(1, 0, 299), 'unknown-responder', 'one that came from elsewhere is certain to be wrong');
  t.equal(one(), 'inconclusive', 'nothing was asked');
});

t.test('a chain that does not take every connection leaves nothing to test', async (t) => {
  const leaking: Change = (rules) => rules.filter(({ id }) => id !== 'step2');
  const verdict = judged(fitsCascadeCheck, options, { connections: spread(150, 150), change: leaking });
  t.equal(outcome(verdict), 'inconclusive');
  t.match(verdict, { lasting: true }, 'the rules did not change: they would be the same again');
  t.throws(() => judged(fitsCascadeCheck, { ...options, on: 'nodes' }, { connections: spread(100, 100, 100) }), /not one place/);
});

t.test('the order of the answers does not matter', async (t) => {
  for (const counts of [
    [34, 33, 33],
    [80, 10, 10],
  ]) {
    const answers = spread(...counts).map(answerOf);
    const expected = judged(fitsCascadeCheck, options, { answers });
    const any = fc.shuffledSubarray(answers, { minLength: answers.length });
    fc.assert(
      fc.property(any, (shuffled) => JSON.stringify(judged(fitsCascadeCheck, options, { answers: shuffled })) === JSON.stringify(expected)),
      { numRuns: 10 },
    );
  }
  t.equal(fitsCascadeCheck.statistical, true);
});

t.test('without its evidence', async (t) => {
  for (const name of ['rules', 'answers', 'objects']) {
    const verdict = judged(fitsCascadeCheck, options, { connections: spread(100, 100, 100), unsound: name });
    t.equal(outcome(verdict), 'inconclusive', name);
    t.notMatch(verdict, { lasting: true }, 'another attempt may have it');
  }
});
