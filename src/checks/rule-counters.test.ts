import t from 'tap';
import { ruleCountersCheck } from './rule-counters.js';
import { client, clientNode, service } from './testing/cluster.js';
import { countsFor, endpointChainOf, inserted, type TestRule } from './testing/rules.js';
import { type Change, judged, outcome, type Staged } from './testing/stage.js';
import { answerOf, connections, unanswered } from './testing/traffic.js';

const twenty = connections(20);
const usual = countsFor([7, 7, 6]);
const at = (counts: Readonly<Record<string, number>>): Staged => ({
  connections: twenty,
  counts: { [clientNode]: { ...usual, ...counts } },
});
const onClient = { on: 'client.node', service: 'service' };
const own = { ...onClient, chain: service.chain, exactly: ['portal', 'cascade', 'dnat'] };
const shared = { ...onClient, atLeast: ['prerouting', 'unmarked-return', 'forward-kube-forward', 'forward-kube-services'] };
const unmarked = { ...onClient, none: ['masquerade-mark'] };
const undropped = { on: 'nodes', service: 'service', none: ['dropped'] };

t.test("the Service's rules count the connections exactly", async (t) => {
  const verdict = judged(ruleCountersCheck, own, { connections: twenty });
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, `KUBE-SERVICES -> ${service.chain}: +20, ${service.chain} -> KUBE-SEP: +20, KUBE-SEP -> DNAT: +20`);
  t.match(verdict.expected.en, /^for 20 connections: KUBE-SERVICES/);
  const [table] = verdict.details ?? [];
  t.match(table, { kind: 'table', rows: [[clientNode, `KUBE-SERVICES -> ${service.chain}`, '+20']] });
  t.same(table?.kind === 'table' && table.rows.map((row) => row.at(2)), ['+20', '+7', '+7', '+6', '+7', '+7', '+6']);
});

t.test('one more or less is wrong, each for its own reason', async (t) => {
  for (const [counts, reason] of [
    [{ portal: 0 }, 'portal'],
    [{ portal: 21 }, 'portal'],
    [{ step1: 6 }, 'cascade'],
    [{ dnat2: 7 }, 'dnat'],
  ] as const) {
    t.equal(outcome(judged(ruleCountersCheck, own, at(counts))), reason);
  }
});

t.test('a request that may have asked twice explains one too many, and nothing else', async (t) => {
  const [first, ...rest] = twenty.map(answerOf);
  if (first === undefined) throw new Error('twenty answers have a first');
  const after = (timeTotalMs: number, counts: Readonly<Record<string, number>>) =>
    outcome(judged(ruleCountersCheck, own, { ...at(counts), answers: [{ ...first, timeTotalMs }, ...rest] }));
  const one = { portal: 21, step0: 8, dnat0: 8 };
  t.equal(after(1_020, one), 'inconclusive');
  t.equal(after(20, one), 'portal');
  t.equal(after(1_020, { ...one, portal: 22 }), 'portal', 'one request does not ask three times in a second');
  t.equal(after(1_020, { ...one, portal: 19 }), 'portal', 'too few are too few');
  t.equal(after(1_020, {}), 'pass');
});

t.test('only answered connections are expected to count', async (t) => {
  const [first, ...rest] = twenty.map(answerOf);
  if (first === undefined) throw new Error('twenty answers have a first');
  const answers = [{ ...first, status: 503 }, ...rest];
  t.equal(outcome(judged(ruleCountersCheck, own, { connections: twenty, answers })), 'portal');
});

t.test('shared rules count at least as many', async (t) => {
  t.equal(outcome(judged(ruleCountersCheck, shared, { connections: twenty })), 'pass');
  for (const [counts, reason] of [
    [{ prerouting: 19 }, 'prerouting'],
    [{ unmarked: 0 }, 'unmarked-return'],
    [{ forward: 2 }, 'forward-kube-forward'],
    [{ 'forward-services': 19 }, 'forward-kube-services'],
  ] as const) {
    t.equal(outcome(judged(ruleCountersCheck, shared, at(counts))), reason);
  }
});

t.test('nothing marked: the rules that were there, and any that someone put there', async (t) => {
  t.equal(outcome(judged(ruleCountersCheck, unmarked, { connections: twenty })), 'pass');
  t.equal(outcome(judged(ruleCountersCheck, unmarked, at({ mark: 1 }))), 'masquerade-mark');
  t.equal(outcome(judged(ruleCountersCheck, unmarked, at({ mark2: 1 }))), 'masquerade-mark', "in an endpoint's chain");
  const marks = { id: 'extra', table: 'nat', chain: service.chain, spec: `-s ${client.address}/32 -j KUBE-MARK-MASQ` } as const;
  const change: Change = (rules, { role }) => inserted(rules, marks, role === 'before' ? 0 : 20);
  t.equal(outcome(judged(ruleCountersCheck, unmarked, { connections: twenty, change })), 'masquerade-mark');
});

t.test('nothing dropped, on any node', async (t) => {
  t.equal(outcome(judged(ruleCountersCheck, undropped, { connections: twenty })), 'pass');
  const elsewhere = { connections: twenty, counts: { [clientNode]: usual, 'myk8s-worker2': { invalid: 3 } } };
  const verdict = judged(ruleCountersCheck, undropped, elsewhere);
  t.equal(outcome(verdict), 'dropped');
  t.match(verdict.details, [{ rows: [['myk8s-worker2', 'KUBE-FORWARD -> DROP', '+3']] }]);
  const drop = { id: 'drop', table: 'filter', chain: 'KUBE-FORWARD', spec: '-p tcp -m tcp --tcp-flags FIN FIN -j DROP' } as const;
  const change =
    (late: boolean): Change =>
    (rules, { node, role }) =>
      node === clientNode && !(late && role === 'before') ? inserted(rules, drop, role === 'before' ? 0 : 20) : rules;
  t.equal(outcome(judged(ruleCountersCheck, undropped, { connections: twenty, change: change(false) })), 'dropped');
  t.equal(
    outcome(judged(ruleCountersCheck, undropped, { connections: twenty, change: change(true) })),
    'inconclusive',
    'a rule that came in between',
  );
});

t.test('none proves nothing where the connections were not counted at all', async (t) => {
  for (const options of [unmarked, undropped]) {
    t.equal(outcome(judged(ruleCountersCheck, options, at({ portal: 0 }))), 'control');
    t.equal(outcome(judged(ruleCountersCheck, options, at({ portal: 19 }))), 'control');
  }
  for (const options of [own, shared, unmarked, undropped]) {
    t.equal(
      outcome(judged(ruleCountersCheck, options, { answers: twenty.map(answerOf).map(unanswered), counts: {} })),
      'control',
      'nothing was answered',
    );
    t.equal(outcome(judged(ruleCountersCheck, options)), 'control', 'nothing was asked');
  }
});

t.test('the chain that the claim names', async (t) => {
  t.equal(outcome(judged(ruleCountersCheck, { ...own, chain: 'KUBE-SVC-OTHER' }, { connections: twenty })), 'chain');
  const without =
    (id: string): Change =>
    (rules) =>
      rules.filter((rule) => rule.id !== id);
  t.equal(outcome(judged(ruleCountersCheck, own, { connections: twenty, change: without('portal') })), 'chain', 'nothing leads there');
  const { chain: _, ...unnamed } = own;
  const verdict = judged(ruleCountersCheck, unnamed, { connections: twenty, change: without('portal') });
  t.equal(outcome(verdict), 'portal');
  t.match(verdict.seen.en, /there is no such rule/);
});

t.test('a rule that was written anew, or went back, tells nothing', async (t) => {
  const anew =
    (id: string): Change =>
    (rules, { role }) =>
      rules.map((rule): TestRule => (rule.id === id && role === 'after' ? { ...rule, handle: 900 } : rule));
  t.equal(outcome(judged(ruleCountersCheck, own, { connections: twenty, change: anew('portal') })), 'inconclusive');
  t.equal(outcome(judged(ruleCountersCheck, own, { connections: twenty, change: anew('step0') })), 'inconclusive');
  t.equal(
    outcome(judged(ruleCountersCheck, own, { connections: twenty, change: anew('masquerade') })),
    'pass',
    'a rule that nobody asks about',
  );
  t.equal(outcome(judged(ruleCountersCheck, own, at({ portal: -2 }))), 'inconclusive');
});

t.test('options that ask for nothing are refused', async (t) => {
  t.equal(ruleCountersCheck.optionsSchema.safeParse(onClient).success, false);
  t.equal(ruleCountersCheck.optionsSchema.safeParse({ ...onClient, none: ['droped'] }).success, false);
  t.equal(ruleCountersCheck.optionsSchema.safeParse({ ...onClient, chain: service.chain }).success, true);
});

t.test('without its evidence', async (t) => {
  for (const name of ['rules', 'answers', 'objects']) {
    t.equal(outcome(judged(ruleCountersCheck, own, { connections: twenty, unsound: name })), 'inconclusive', name);
  }
});

t.test('endpoint chains are those of kube-proxy', async (t) => {
  t.equal(endpointChainOf(0), 'KUBE-SEP-TBW2IYJKUCAC7GB3');
});
