import t from 'tap';
import { ruleCountersCheck } from './rule-counters.js';
import { externalChain, nodeNames, service } from './testing/cluster.js';
import { outside, outsideAnswer, outsideConnections, silent } from './testing/outside.js';
import { countsFor } from './testing/rules.js';
import { type Change, judged, outcome, type Staged } from './testing/stage.js';

const twenty = outsideConnections(20);
const [entry, worker1] = nodeNames;
const usual = {
  ...countsFor([7, 7, 6]),
  ...{ portal: 0, 'node-ports': 22, 'node-port': 20, 'external-mark': 20, external: 20, masquerade: 21 },
};
const at = (counts: Readonly<Record<string, number>>, staged: Staged = {}): Staged =>
  outside(twenty, { counts: { [entry]: { ...usual, ...counts } }, ...staged });
const own = {
  ...{ on: 'entry', service: 'service', chain: externalChain },
  exactly: ['node-port', 'external-mark', 'external', 'cascade', 'dnat'],
};
const shared = { on: 'entry', service: 'service', atLeast: ['node-ports', 'masquerade'] };

t.test("a node port's way through the rules", async (t) => {
  const verdict = judged(ruleCountersCheck, own, at({}));
  t.equal(verdict.status, 'pass');
  t.match(verdict.seen.en, `KUBE-NODEPORTS -> ${externalChain}: +20, ${externalChain} -> KUBE-MARK-MASQ: +20`);
  t.equal(outcome(judged(ruleCountersCheck, shared, at({}))), 'pass');
  for (const stop of ['node-port', 'external-mark', 'external'])
    for (const count of [0, 19, 21]) t.equal(outcome(judged(ruleCountersCheck, own, at({ [stop]: count }))), stop);
  for (const stop of ['node-ports', 'masquerade']) t.equal(outcome(judged(ruleCountersCheck, shared, at({ [stop]: 19 }))), stop);
});

t.test("KUBE-SERVICES' jump for the node's own addresses must be its last rule", async (t) => {
  const swapped: Change = (rules) => {
    const last = rules.filter(({ id }) => id === 'node-ports');
    return [...last, ...rules.filter(({ id }) => id !== 'node-ports')];
  };
  const verdict = judged(ruleCountersCheck, shared, at({}, { change: swapped }));
  t.equal(outcome(verdict), 'node-ports');
  t.match(verdict.seen.en, /last, addrtype LOCAL\): there is no such rule/);
  const anyAddress: Change = (rules) => rules.map((rule) => ({ ...rule, spec: rule.spec.replace(' -m addrtype --dst-type LOCAL', '') }));
  t.equal(outcome(judged(ruleCountersCheck, shared, at({}, { change: anyAddress }))), 'node-ports');
});

t.test('the chain that KUBE-NODEPORTS leads to', async (t) => {
  const verdict = judged(ruleCountersCheck, { ...own, chain: 'KUBE-EXT-OTHER' }, at({}));
  t.equal(outcome(verdict), 'chain');
  t.match(verdict.seen.en, `for 31662, KUBE-NODEPORTS leads to ${externalChain}, not to KUBE-EXT-OTHER everywhere`);
  t.equal(outcome(judged(ruleCountersCheck, { ...own, chain: service.chain }, at({}))), 'pass', "the ClusterIP's chain, by KUBE-SERVICES");
});

t.test('connections count where they come in', async (t) => {
  const split = outsideConnections(20, (index) => index % 2);
  const counts = { [entry]: { 'node-port': 10 }, [worker1]: { 'node-port': 10 } };
  const options = { on: 'entry', service: 'service', exactly: ['node-port'] };
  t.equal(outcome(judged(ruleCountersCheck, options, outside(split, { counts }))), 'pass');
  t.equal(outcome(judged(ruleCountersCheck, { ...options, on: 'nodes' }, outside(split, { counts }))), 'pass');
  t.equal(outcome(judged(ruleCountersCheck, options, outside(split, { counts: { [entry]: { 'node-port': 20 } } }))), 'node-port');
});

t.test('none counts, while the node port does', async (t) => {
  const none = { on: 'nodes', service: 'service', none: ['dropped'] };
  t.equal(outcome(judged(ruleCountersCheck, none, at({}))), 'pass');
  t.equal(outcome(judged(ruleCountersCheck, none, at({ 'no-local': 1 }))), 'dropped');
  const verdict = judged(ruleCountersCheck, none, at({ 'node-port': 0 }));
  t.equal(outcome(verdict), 'control');
  t.match(verdict.seen.en, `but KUBE-NODEPORTS -> ${externalChain} counted 0 of 20 connections where they came in`);
});

t.test('what drops the requests that nobody answers', async (t) => {
  const everyNode = outsideConnections(4, (index) => index);
  const answers = everyNode.map(outsideAnswer).map((answer, i) => (i < 2 ? silent(answer) : answer));
  const drops = { on: 'nodes', service: 'service', unanswered: true, atLeast: ['no-local-endpoints'] };
  const dropped = (first: number, second: number) => ({
    counts: { [entry]: { 'no-local': first }, [worker1]: { 'no-local': second } },
  });
  t.equal(outcome(judged(ruleCountersCheck, drops, outside(everyNode, { answers, ...dropped(1, 1) }))), 'pass');
  t.equal(outcome(judged(ruleCountersCheck, drops, outside(everyNode, { answers, ...dropped(1, 0) }))), 'no-local-endpoints');
  const verdict = judged(ruleCountersCheck, drops, outside(everyNode, dropped(1, 1)));
  t.equal(outcome(verdict), 'control');
  t.match(verdict.seen.en, 'every request was answered');
});
