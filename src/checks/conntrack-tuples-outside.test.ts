import t from 'tap';
import type { Flow } from '../evidence/conntrack.js';
import { conntrackTuplesCheck } from './conntrack-tuples.js';
import { gateway, mypc, outside, outsideConnections, outsideFlow } from './testing/outside.js';
import { judged, outcome } from './testing/stage.js';

const options = { on: 'entry', originalDestination: 'target', replySource: 'backends', replyDestination: 'target' };
const twenty = outsideConnections(20);
const changed = (change: (flow: Flow) => Flow) =>
  judged(conntrackTuplesCheck, options, outside(twenty, { flows: { before: [], after: twenty.map(outsideFlow).map(change) } }));

t.test('both translations are remembered', async (t) => {
  const verdict = judged(conntrackTuplesCheck, options, outside(twenty));
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, '20 connections to 172.18.0.2:31662, answered by webpod1 7, webpod2 7, webpod3 6, back to 172.18.0.2');
  t.match(verdict.expected.en, /^original -> what was asked; reply from one of .* to the node that was asked$/);
});

t.test('each wrong end has its reason', async (t) => {
  t.equal(outcome(changed((flow) => ({ ...flow, original: { ...flow.original, dport: 9000 } }))), 'original-destination');
  t.equal(outcome(changed((flow) => ({ ...flow, reply: { ...flow.reply, src: '10.10.1.9' } }))), 'reply-source');
  t.equal(outcome(changed((flow) => ({ ...flow, reply: { ...flow.reply, dst: mypc } }))), 'reply-destination', 'not masqueraded');
  t.equal(outcome(changed((flow) => ({ ...flow, reply: { ...flow.reply, dst: gateway(0) } }))), 'reply-destination');
  t.equal(outcome(changed((flow) => ({ ...flow, reply: { ...flow.reply, dport: 1 } }))), 'pass', 'masquerading draws a port');
});

t.test('a pod of the node that was asked is reached from the address of its veth', async (t) => {
  // The table of the stage is the first node's, whoever was asked.
  const home = outsideConnections(
    3,
    () => 1,
    () => 0,
  );
  const verdict = judged(conntrackTuplesCheck, options, outside(home));
  t.equal(verdict.status, 'pass');
  t.match(verdict.seen.en, `back to ${gateway(1)}`);
});
