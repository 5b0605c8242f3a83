import fc from 'fast-check';
import t from 'tap';
import type { Flow } from '../evidence/conntrack.js';
import { conntrackTuplesCheck } from './conntrack-tuples.js';
import { clientNode, nodeAddress } from './testing/cluster.js';
import { judged, outcome } from './testing/stage.js';
import { answerOf, connections, flowOf, podAt, unanswered } from './testing/traffic.js';

const options = { on: 'client.node', originalDestination: 'service', replySource: 'backends', replyDestination: 'client' };
const twenty = connections(20);
const flows = twenty.map(flowOf);
const after = (change: (flow: Flow, index: number) => Flow | readonly Flow[], before: readonly Flow[] = []) =>
  judged(conntrackTuplesCheck, options, { connections: twenty, flows: { before, after: flows.flatMap(change) } });

t.test('each connection is remembered', async (t) => {
  const verdict = judged(conntrackTuplesCheck, options, { connections: twenty });
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, '20 connections to 10.200.1.63:9000, answered by webpod1 7, webpod2 7, webpod3 6, back to 10.10.0.5');
  const other = { ...flowOf({ index: 99, port: 50_000, pod: 0 }), original: { src: '10.10.1.9', dst: '10.200.1.1', sport: 1, dport: 443 } };
  t.equal(outcome(after((flow) => [flow, other])), 'pass', "other connections are none of the claim's business");
});

t.test('no new entry', async (t) => {
  t.equal(outcome(after((flow, i) => (i === 3 ? [] : flow))), 'missing');
  t.equal(outcome(judged(conntrackTuplesCheck, options)), 'missing', 'nothing was asked');
  t.equal(
    outcome(judged(conntrackTuplesCheck, options, { answers: twenty.map(answerOf).map(unanswered) })),
    'missing',
    'nothing was answered',
  );
});

t.test("an entry that was there before may be the old connection's or the new one's", async (t) => {
  t.equal(outcome(after((flow) => flow, flows.slice(4, 5))), 'inconclusive');
  t.equal(outcome(after((flow, i) => (i === 3 ? [] : flow), flows.slice(4, 5))), 'missing', 'another that is not there at all is certain');
  const another = podAt(((twenty[6]?.pod ?? 0) + 1) % 3).address;
  const before = flows.slice(6, 7).map((flow) => ({ ...flow, reply: { ...flow.reply, src: another } }));
  t.equal(outcome(after((flow) => flow, before)), 'pass', 'one that led to another pod is not this one');
});

t.test('two entries with one beginning', async (t) => {
  const twin = (flow: Flow) => ({ ...flow, id: 7, original: { ...flow.original, dst: '10.10.1.2', dport: 80 } });
  t.equal(outcome(after((flow, i) => (i === 3 ? [flow, twin(flow)] : flow))), 'inconclusive');
});

t.test('each wrong end has its reason', async (t) => {
  const one = (change: (flow: Flow) => Flow) => outcome(after((flow, i) => (i === 5 ? change(flow) : flow)));
  const { address, port } = podAt(0);
  t.equal(
    one((flow) => ({ ...flow, original: { ...flow.original, dst: address, dport: port } })),
    'original-destination',
  );
  t.equal(
    one((flow) => ({ ...flow, original: { ...flow.original, dport: 9001 } })),
    'original-destination',
  );
  t.equal(
    one((flow) => ({ ...flow, reply: { ...flow.reply, src: '10.10.1.9' } })),
    'reply-source',
  );
  t.equal(
    one((flow) => ({ ...flow, reply: { ...flow.reply, sport: 8080 } })),
    'reply-source',
  );
  t.equal(
    one((flow) => ({ ...flow, reply: { ...flow.reply, dst: nodeAddress(clientNode) } })),
    'reply-destination',
  );
  t.equal(
    one((flow) => ({ ...flow, reply: { ...flow.reply, dport: 1 } })),
    'pass',
    'the kernel picks another port where a tuple is taken: the connection still goes back to the client',
  );
});

t.test('the order of the entries does not matter', async (t) => {
  const any = fc.shuffledSubarray(flows, { minLength: flows.length });
  fc.assert(
    fc.property(
      any,
      (shuffled) =>
        outcome(judged(conntrackTuplesCheck, options, { connections: twenty, flows: { before: [], after: shuffled } })) === 'pass',
    ),
    { numRuns: 20 },
  );
  t.pass('for twenty orders');
});

t.test('without its evidence', async (t) => {
  for (const name of ['table', 'answers', 'objects']) {
    t.equal(outcome(judged(conntrackTuplesCheck, options, { connections: twenty, unsound: name })), 'inconclusive', name);
  }
  t.equal(
    outcome(judged(conntrackTuplesCheck, { ...options, on: 'nodes' }, { connections: twenty })),
    'inconclusive',
    'not every node was asked',
  );
});
