import t from 'tap';
import { ethernet, sampleFrames, sll2 } from '../evidence/testing/frames.js';
import { neverSeenCheck } from './never-seen.js';
import { clientNode, podObject, replaced, service } from './testing/cluster.js';
import { outside, outsideConnections, outsidePackets } from './testing/outside.js';
import { judged, outcome } from './testing/stage.js';
import { answerOf, connections, packetsOf, podAt, unanswered } from './testing/traffic.js';

const options = { on: 'other-nodes', address: 'service' };
const one = connections(1, () => 1);
const packets = one.flatMap(packetsOf);
const worker2 = 'myk8s-worker2';

t.test("the ClusterIP is on the client's node alone", async (t) => {
  const verdict = judged(neverSeenCheck, options, { connections: one });
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, 'none among 4 packets; 1 connection seen');
  t.equal(outcome(judged(neverSeenCheck, { ...options, on: 'client.node' }, { connections: one })), 'seen');
});

t.test('seen on a worker, also where the request was not answered', async (t) => {
  const late = packets.map((packet) => (packet.node === worker2 && packet.ack === undefined ? { ...packet, to: service } : packet));
  const verdict = judged(neverSeenCheck, options, { connections: one, packets: late });
  t.equal(outcome(verdict), 'seen');
  t.equal(verdict.seen.en, '2 packets, the first at myk8s-worker2 eth0: 10.10.0.5:40000 -> 10.200.1.63:9000');
  t.equal(outcome(judged(neverSeenCheck, options, { packets: late, answers: one.map(answerOf).map(unanswered) })), 'seen');
  const back = packets.map((packet) => (packet.node === worker2 && packet.ack !== undefined ? { ...packet, from: service } : packet));
  t.equal(outcome(judged(neverSeenCheck, options, { connections: one, packets: back })), 'seen', 'as the source');
});

t.test('asked for by ARP', async (t) => {
  const arp = Uint8Array.from(Buffer.from('00010800060400010200000000010a0a0201000000000000' + '0ac8013f', 'hex'));
  const frames = [{ node: worker2, data: sll2({ etherType: 0x0806, ifindex: 2, hardwareType: 1, packetType: 0 }, arp) }];
  t.equal(outcome(judged(neverSeenCheck, options, { connections: one, frames })), 'seen');
});

t.test('nothing seen proves nothing where the captures do not show the connection', async (t) => {
  t.equal(outcome(judged(neverSeenCheck, options, { connections: one, packets: [] })), 'control');
  const blind = packets.filter(({ node }) => node === clientNode);
  t.equal(outcome(judged(neverSeenCheck, options, { connections: one, packets: blind })), 'control');
  t.equal(outcome(judged(neverSeenCheck, options, {})), 'control', 'no request was made');
  t.equal(outcome(judged(neverSeenCheck, options, { connections: one, answers: one.map(answerOf).map(unanswered) })), 'control');
});

t.test("a backend on the client's own node leaves nothing to show", async (t) => {
  const pod = podAt(1);
  const objects = replaced(pod.name, podObject(pod.name, pod.address, clientNode));
  t.equal(outcome(judged(neverSeenCheck, options, { connections: one, objects })), 'inconclusive');
});

t.test('from outside the ClusterIP is seen nowhere, where a node port is', async (t) => {
  const node = outsideConnections(1);
  const nowhere = { on: 'nodes', address: 'service' };
  const verdict = judged(neverSeenCheck, nowhere, outside(node));
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, 'none among 8 packets; 1 connection seen');
  const routed = node.flatMap((one) => outsidePackets(one)).map((packet, i) => (i === 0 ? { ...packet, to: service } : packet));
  t.equal(outcome(judged(neverSeenCheck, nowhere, outside(node, { packets: routed }))), 'seen');
  t.equal(outcome(judged(neverSeenCheck, nowhere, outside(node, { answers: [] }))), 'control');
});

t.test('a packet that cannot be read may hold the address', async (t) => {
  const cut = sampleFrames()[0]?.[1].subarray(14, 30) ?? ethernet(0, new Uint8Array());
  const frames = [{ node: worker2, data: sll2({ etherType: 0x0800, ifindex: 2, hardwareType: 1, packetType: 0 }, cut) }];
  t.equal(outcome(judged(neverSeenCheck, options, { connections: one, frames })), 'inconclusive');
});

t.test('without its evidence', async (t) => {
  for (const name of ['wire', 'answers', 'objects'])
    t.equal(outcome(judged(neverSeenCheck, options, { connections: one, unsound: name })), 'inconclusive', name);
  t.equal(
    outcome(judged(neverSeenCheck, { ...options, on: 'client' }, { connections: one })),
    'inconclusive',
    'nothing was captured there',
  );
});
