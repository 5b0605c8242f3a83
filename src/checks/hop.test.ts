import t from 'tap';
import { hopCheck } from './hop.js';
import { client, clientNode, nodeAddress, podObject, pods, replaced } from './testing/cluster.js';
import { judged, outcome, type Staged } from './testing/stage.js';
import { answerOf, connections, packetsOf, podAt, type TestPacket, unanswered } from './testing/traffic.js';

const one = connections(1, () => 1);
const packets = one.flatMap(packetsOf);
const asked = { at: ['client'], source: 'client', destination: 'service' };
const arrived = { at: ['backend.node', 'backend'], source: 'client', destination: 'backend', path: true };
const changed = (change: (packet: TestPacket) => TestPacket): Staged => ({ connections: one, packets: packets.map(change) });

t.test("the client's wire shows the ClusterIP, the backend's node and wire the pod", async (t) => {
  const before = judged(hopCheck, asked, { connections: one });
  t.equal(before.status, 'pass');
  t.equal(before.expected.en, '10.10.0.5:40000 -> 10.200.1.63:9000 at the wire of net-pod');
  t.equal(before.seen.en, 'the wire of net-pod: 10.10.0.5:40000 -> 10.200.1.63:9000 (veth1)');
  const after = judged(hopCheck, arrived, { connections: one });
  t.equal(after.status, 'pass');
  t.match(after.seen.en, /^eth0 of myk8s-worker2: 10\.10\.0\.5:40000 -> 10\.10\.2\.2:80; the wire of webpod2: .*\(veth1\)$/);
  t.equal(outcome(judged(hopCheck, { ...arrived, at: ['client.node'] }, { connections: one })), 'pass', "what leaves the client's node");
});

t.test('the path, there and back', async (t) => {
  const { details = [] } = judged(hopCheck, arrived, { connections: one });
  t.equal(details.length, 2);
  t.match(details[0], {
    kind: 'path',
    hops: [
      { place: `node/${clientNode}`, link: 'veth1', direction: 'in', destination: '10.200.1.63:9000', offsetUs: 0 },
      { link: 'eth0', direction: 'out', offsetUs: 10, changed: { en: 'destination 10.200.1.63:9000 -> 10.10.2.2:80' } },
      { place: 'node/myk8s-worker2', link: 'eth0', direction: 'in', offsetUs: 20, changed: undefined },
      { place: 'node/myk8s-worker2', link: 'veth1', direction: 'out', offsetUs: 30 },
    ],
  });
  t.match(details[1], {
    hops: [{ source: '10.10.2.2:80', offsetUs: 100 }, {}, {}, { changed: { ko: '출발지 10.10.2.2:80 -> 10.200.1.63:9000' } }],
  });
  t.equal(judged(hopCheck, asked, { connections: one }).details, undefined, 'only where it is asked for');
});

t.test('translated before the first wire', async (t) => {
  const to = podAt(1);
  const staged = changed((packet) =>
    packet.link === 'veth1' && packet.direction === 'in' && packet.ack === undefined ? { ...packet, to } : packet,
  );
  t.equal(outcome(judged(hopCheck, asked, staged)), 'destination');
  const otherPort = changed((packet) => ({ ...packet, to: { ...packet.to, port: packet.to.port === 80 ? 8080 : packet.to.port } }));
  t.equal(outcome(judged(hopCheck, arrived, otherPort)), 'destination', 'another port is another destination');
  const moved = changed((packet) =>
    packet.from.address === client.address && packet.to.port === 80 ? { ...packet, from: { ...packet.from, port: 61_000 } } : packet,
  );
  t.equal(outcome(judged(hopCheck, arrived, moved)), 'inconclusive', 'a port that the kernel changed for want of a free tuple');
});

t.test('masqueraded', async (t) => {
  const masqueraded = changed((packet) =>
    packet.from.address === client.address && packet.to.port === 80
      ? { ...packet, from: { address: nodeAddress(clientNode), port: packet.from.port } }
      : packet,
  );
  const verdict = judged(hopCheck, arrived, masqueraded);
  t.equal(outcome(verdict), 'source');
  t.match(verdict.seen.en, /172\.18\.0\.2:40000 -> 10\.10\.2\.2:80/);
  t.equal(outcome(judged(hopCheck, { ...arrived, source: 'client.node' }, masqueraded)), 'pass', 'which another claim may expect');
  t.equal(
    outcome(judged(hopCheck, { ...arrived, destination: 'service' }, masqueraded)),
    'destination',
    'with both ends wrong, the destination is named',
  );
});

t.test('not seen', async (t) => {
  t.equal(outcome(judged(hopCheck, asked, { connections: one, packets: [] })), 'not-seen', 'nothing was captured');
  t.equal(outcome(judged(hopCheck, arrived, { connections: one, packets: packets.filter(({ node }) => node === clientNode) })), 'not-seen');
  t.equal(outcome(judged(hopCheck, asked, {})), 'not-seen', 'no request was made');
  t.equal(
    outcome(judged(hopCheck, asked, { connections: one, answers: one.map(answerOf).map(unanswered) })),
    'not-seen',
    'there was no connection',
  );
  const silent = one.map(answerOf).map((answer) => ({ ...answer, status: 0, body: '', exitCode: 28 }));
  t.equal(outcome(judged(hopCheck, arrived, { connections: one, answers: silent })), 'not-seen', 'nobody knows the backend');
  t.equal(outcome(judged(hopCheck, asked, { connections: one, answers: silent })), 'pass', "but the client's wire needs no answer");
});

t.test("another link than the pod's wire does not count", async (t) => {
  const handedOn = changed((packet) => (packet.direction === 'out' && packet.to.port === 80 ? { ...packet, link: 'eth0' } : packet));
  const verdict = judged(hopCheck, arrived, handedOn);
  t.equal(outcome(verdict), 'not-seen');
  t.match(verdict.seen.en, /the wire of webpod2: not seen/);
});

t.test("a backend on the client's own node has no uplink before it", async (t) => {
  const pod = podAt(1);
  const objects = replaced(pod.name, podObject(pod.name, pod.address, clientNode));
  const local = packets.filter(({ link }) => link === 'veth1').map((packet) => ({ ...packet, node: clientNode }));
  t.equal(outcome(judged(hopCheck, arrived, { connections: one, objects, packets: local })), 'pass', 'its wire is judged');
  const uplinkOnly = { ...arrived, at: ['backend.node'] };
  t.equal(outcome(judged(hopCheck, uplinkOnly, { connections: one, objects, packets: local })), 'inconclusive');
});

t.test('every connection is judged', async (t) => {
  const several = connections(6);
  const verdict = judged(hopCheck, arrived, { connections: several });
  t.equal(verdict.status, 'pass');
  t.match(verdict.seen.en, /^all 6 connections, the first: /);
  const wrong = several
    .flatMap(packetsOf)
    .map((packet) =>
      packet.from.port === 40_008 && packet.to.port === 80 ? { ...packet, to: { address: pods[0].address, port: 80 } } : packet,
    );
  t.equal(outcome(judged(hopCheck, arrived, { connections: several, packets: wrong })), 'destination');
});

t.test('without its evidence', async (t) => {
  for (const name of ['wire', 'answers', 'objects']) {
    t.equal(outcome(judged(hopCheck, asked, { connections: one, unsound: name })), 'inconclusive', name);
    t.equal(outcome(judged(hopCheck, asked, { connections: one, without: [name] })), 'inconclusive', name);
  }
  const gone = judged(hopCheck, asked, { connections: one, objects: replaced('net-pod') });
  t.equal(outcome(gone), 'inconclusive', 'the client is gone');
  t.match(gone.seen.en, /pod default\/net-pod is not there/);
});
