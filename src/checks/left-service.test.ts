import t from 'tap';
import type { Answer } from '../evidence/answers.js';
import { leftServiceCheck } from './left-service.js';
import { client, clientNode, service } from './testing/cluster.js';
import { endpointChainOf, inserted } from './testing/rules.js';
import { type Change, judged, outcome, type Staged } from './testing/stage.js';
import { answerOf, type Connection, connections, packetsOf, podAt, unanswered } from './testing/traffic.js';

/** The pod of the client's own node's rules that goes is webpod3. */
const options = { pod: 'leaver', service: 'service', on: 'nodes' };
const roles = { leaver: 'pod/webpod3' };
const gone = 2;
const left: Change = (rules, { role }) => (role === 'before' ? rules : rules.filter((rule) => rule.id !== `step${gone}`));

/** Six connections; the third is the pod's last, and those in `lost` are sent to it when it is gone. */
const turns = [0, 1, gone, 0, 1, 0];
const made = connections(turns.length, (index) => turns[index] ?? 0);
const at = (answer: Answer): Answer => {
  const startedAtUs = 1_700_000_000_000_000 + answer.index * 1000 - 100;
  return { ...answer, startedAtUs, endedByUs: startedAtUs + 800 };
};
const answers = made.map(answerOf).map(at);
const unheard = (connection: Connection, pod: number) =>
  packetsOf({ ...connection, pod }).filter((packet) => packet.ack === undefined && (packet.link === 'eth0') === packet.atUs % 1000 > 0);

/** The fifth request fails; its connection is sent to this pod and nobody answers. */
function lossAt(pod: number, more: Partial<Staged> = {}): Staged {
  const failed = answers.map((answer) => (answer.index === 4 ? at(unanswered(answer)) : answer));
  const packets = made.flatMap((connection) => (connection.index === 4 ? unheard(connection, pod) : packetsOf(connection)));
  return { connections: made, answers: failed, packets, change: left, roles, ...more };
}

const found = (staged: Staged, more: object = {}) => outcome(judged(leftServiceCheck, { ...options, ...more }, staged));

t.test('a pod that left without anyone noticing', async (t) => {
  const verdict = judged(leftServiceCheck, options, { connections: made, answers, change: left, roles });
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, '6 of 6 requests answered: webpod1 3, webpod2 2, webpod3 1; none failed');
});

t.test('a rule that still leads to it, on one node alone', async (t) => {
  const onOne: Change = (rules, at) => (at.node === clientNode ? left(rules, at) : rules);
  t.equal(found({ connections: made, answers, change: onOne, roles }), 'rule-stays');
  t.equal(found({ connections: made, answers, roles }), 'rule-stays');
});

t.test('a pod that was no endpoint to begin with proves nothing', async (t) => {
  const never: Change = (rules) => rules.filter((rule) => rule.id !== `step${gone}`);
  t.equal(found({ connections: made, answers, change: never, roles }), 'inconclusive');
});

t.test('a request that failed', async (t) => {
  t.equal(found(lossAt(gone)), 'failed');
  t.equal(found(lossAt(gone), { failures: 'explained' }), 'pass');
  const verdict = judged(leftServiceCheck, { ...options, failures: 'explained' }, lossAt(gone));
  t.match(verdict.seen.en, /; 1 failed, sent to webpod3 when it was gone$/);
  t.match(verdict.details, [{ kind: 'table', rows: [['5', '0.004 s', '7', `${podAt(gone).address}:80`, '-']] }]);
});

t.test('where none may fail, captures tell where the one that did was sent', async (t) => {
  const seen = (staged: Staged) => judged(leftServiceCheck, { ...options, wire: 'wire' }, staged);
  const toGone = seen(lossAt(gone));
  t.equal(outcome(toGone), 'failed', 'explained, and not allowed all the same');
  t.match(toGone.seen.en, /request 5 .*: a rule still led to webpod3, and nobody was there$/);
  t.match(toGone.details, [{ kind: 'table', rows: [['5', '0.004 s', '7', `${podAt(gone).address}:80`, '-']] }]);
  t.match(seen(lossAt(0)).seen.en, /: it was sent to .*:80, not to webpod3$/);
  t.equal(outcome(seen(lossAt(gone, { unsound: 'wire' }))), 'inconclusive');
});

t.test('a failure that its going does not explain', async (t) => {
  const explained = { failures: 'explained' };
  t.equal(found(lossAt(0), explained), 'unexplained', 'it was sent to another pod');
  t.equal(found(lossAt(gone, { packets: [] }), explained), 'unexplained', 'no connection of it was seen');
  const untranslated = made.flatMap((connection) => {
    const all = packetsOf(connection);
    return connection.index === 4 ? all.slice(0, 1) : all;
  });
  t.equal(found(lossAt(gone, { packets: untranslated }), explained), 'unexplained', 'refused before it was translated');
  const late = made.map((connection) => (connection.index === 5 ? { ...connection, pod: gone } : connection));
  const again = late.map(answerOf).map((answer) => (answer.index === 4 ? at(unanswered(answer)) : at(answer)));
  t.equal(found(lossAt(gone, { answers: again }), explained), 'unexplained', 'the pod answered after it');
  const timeless = answers.map((answer) => (answer.index === 4 ? unanswered(made.map(answerOf)[4] ?? answer) : answer));
  t.equal(found(lossAt(gone, { answers: timeless }), explained), 'inconclusive', 'nobody knows when it was');
});

t.test('a connection that the pod had taken already', async (t) => {
  const cut = answers.map((answer) =>
    answer.index === 4 ? { ...answer, exitCode: 52, status: 0, body: '', error: 'Empty reply' } : answer,
  );
  const packets = made.flatMap((connection) => packetsOf(connection.index === 4 ? { ...connection, pod: gone } : connection));
  const verdict = judged(leftServiceCheck, { ...options, failures: 'explained' }, lossAt(gone, { answers: cut, packets }));
  t.equal(verdict.status, 'pass');
  t.match(verdict.details, [{ rows: [['5', '0.004 s', '52', `${podAt(gone).address}:80`, 'SYN-ACK']] }]);
});

t.test('requests that were all made after it had left', async (t) => {
  const without = answers.filter(({ index }) => index !== 2);
  t.equal(found({ connections: made, answers: without, change: left, roles }, { unreached: true }), 'pass');
  t.equal(found({ connections: made, answers, change: left, roles }, { unreached: true }), 'answered');
});

t.test('nobody else answered', async (t) => {
  t.equal(found({ connections: made, answers: [], change: left, roles }), 'control');
  t.equal(found({ connections: made, answers: answers.filter(({ index }) => index === 2), change: left, roles }), 'control');
});

t.test('rules beside the cascade do not count as the Service leading there', async (t) => {
  const direct = { id: 'direct', table: 'nat', chain: service.chain, spec: `-s ${client.address} -j ACCEPT` } as const;
  const change: Change = (rules, at) => inserted(left(rules, at), direct);
  t.equal(found({ connections: made, answers, change, roles }), 'pass');
  t.ok(endpointChainOf(gone));
});

t.test('without its evidence', async (t) => {
  for (const name of ['rules', 'answers', 'objects']) t.equal(found(lossAt(gone, { unsound: name })), 'inconclusive', name);
  t.equal(found(lossAt(gone, { unsound: 'wire' }), { failures: 'explained' }), 'inconclusive', 'wire');
  t.equal(found(lossAt(gone, { unsound: 'wire' })), 'failed', 'which is not needed where none may fail');
});
