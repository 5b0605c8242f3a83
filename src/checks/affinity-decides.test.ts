import t from 'tap';
import type { Answer } from '../evidence/answers.js';
import { affinityDecidesCheck } from './affinity-decides.js';
import { clientNode } from './testing/cluster.js';
import { sticky } from './testing/rules.js';
import { type Change, judged, outcome } from './testing/stage.js';
import { answerOf, connections, unanswered } from './testing/traffic.js';

const memory = { on: 'client.node', service: 'service', by: 'memory', seconds: 2, since: 'first' };
const chance = { ...memory, by: 'chance' };
const change: Change = (rules, { node, role }) =>
  sticky(rules, 2).map((rule) => {
    const extra = node === clientNode && role === 'after' ? (counts.get(rule.id) ?? 0) : 0;
    return { ...rule, packets: rule.packets + extra };
  });
let counts: ReadonlyMap<string, number> = new Map();

const second = 1e6;
const at = (answer: Answer, startedAtUs: number): Answer => ({ ...answer, startedAtUs, endedByUs: startedAtUs + 1000 });
const [one, two] = connections(2, () => 1).map(answerOf);
if (one === undefined || two === undefined) throw new Error('two connections were made');

/** @param asked when the connections were made, in seconds after the first at 100 s. */
function found(options: unknown, moved: Readonly<Record<string, number>>, ...asked: readonly number[]): string {
  counts = new Map(Object.entries(moved));
  const answers = asked.map((after) => at(two as Answer, (100 + after) * second));
  const first = [at(one as Answer, 100 * second)];
  return outcome(judged(affinityDecidesCheck, options, { answers, counts: {}, change, further: { first } }));
}

t.test('within the time the rules that look for the client decide', async (t) => {
  t.equal(found(memory, { known1: 1 }, 0.5), 'pass');
  t.equal(found(memory, { known1: 3 }, 1.5, 3, 4.5), 'pass', 'each connection begins the time anew');
  t.equal(found(memory, { step1: 1 }, 0.5), 'forgotten');
  t.equal(found(memory, { known1: 2, step1: 1 }, 0.5, 1, 1.5), 'forgotten');
  t.equal(found(memory, { step1: 1 }, 2.5), 'inconclusive', 'a slow machine is not called wrong');
  t.equal(found(memory, { known1: 1 }, 2.5), 'inconclusive', 'nor right');
  t.equal(found(memory, { known1: 1, step1: 1 }, 0.5, 3.5), 'inconclusive', 'also between two of them');
});

t.test('after it the cascade does', async (t) => {
  t.equal(found(chance, { step0: 1 }, 2.1), 'pass');
  t.equal(found(chance, { known1: 1 }, 2.1), 'remembered');
  t.equal(found(chance, { step0: 1 }, 1.9), 'inconclusive', 'too early says nothing');
  t.equal(found(chance, { known1: 1 }, 1.9), 'inconclusive');
  t.equal(found(chance, { step0: 2 }, 2.1, 4.3), 'inconclusive', 'one connection is what it takes');
});

t.test('connections that none of these rules saw, and no connection', async (t) => {
  for (const options of [memory, chance]) {
    t.equal(found(options, {}, 2.1), 'bypassed');
    t.equal(found(options, { known1: 1, step1: 1 }, 2.1), 'bypassed');
    t.equal(found(options, { known1: 1 }), 'control');
  }
  counts = new Map();
  const silent = { answers: [unanswered(at(two, 101 * second))], counts: {}, change, further: { first: [at(one, 100 * second)] } };
  t.equal(outcome(judged(affinityDecidesCheck, memory, silent)), 'control');
});

t.test('between two readings by their names', async (t) => {
  t.equal(found({ ...memory, between: ['middle', 'after'] }, { known1: 1 }, 0.5), 'pass');
  t.equal(found({ ...memory, between: ['before', 'middle'] }, { known1: 1 }, 0.5), 'bypassed');
  t.equal(found({ ...memory, between: ['before', 'never'] }, { known1: 1 }, 0.5), 'inconclusive');
  t.throws(() => found({ ...memory, on: 'nodes' }, {}, 1), /not one place/);
});

t.test('without its evidence', async (t) => {
  const staged = { answers: [at(two, 101 * second)], counts: {}, change, further: { first: [at(one, 100 * second)] } };
  for (const name of ['rules', 'answers', 'first', 'objects'])
    t.equal(outcome(judged(affinityDecidesCheck, memory, { ...staged, unsound: name })), 'inconclusive', name);
  t.equal(outcome(judged(affinityDecidesCheck, memory, { ...staged, answers: [two] })), 'inconclusive', 'no times');
});
