import t from 'tap';
import { fourCountsCheck } from './four-counts.js';
import { client, clientNode } from './testing/cluster.js';
import { countsFor } from './testing/rules.js';
import { judged, outcome } from './testing/stage.js';
import { answerOf, connections, flowOf, packetsOf, podAt, type TestPacket, unanswered } from './testing/traffic.js';

const options = { on: 'client.node', service: 'service' };
const all = connections(30);
const answers = all.map(answerOf);

t.test('four counts agree', async (t) => {
  const verdict = judged(fourCountsCheck, options, { connections: all });
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, '30 requests: answers 10/10/10, DNAT 10/10/10, conntrack 10/10/10, SYN 10/10/10');
  t.match(verdict.details, [
    { kind: 'table', rows: [['webpod1', '10', '10', '10', '10'], ['webpod2', '10', '10', '10', '10'], ['webpod3']] },
  ]);
  t.ok(verdict.evidence.length > 10, 'all the evidence is named');
});

t.test('a SYN that was sent again is one connection', async (t) => {
  const packets = all.flatMap(packetsOf).flatMap((packet) => [packet, { ...packet, atUs: packet.atUs + 500 }]);
  t.equal(outcome(judged(fourCountsCheck, options, { connections: all, packets })), 'pass');
});

t.test('only what goes out on the wire of the pod counts', async (t) => {
  const packets = all.flatMap(packetsOf);
  const altered = (change: Partial<TestPacket>) =>
    packets.map((packet) =>
      packet.link === 'veth1' && packet.direction === 'out' && packet.to.port === 80 ? { ...packet, ...change } : packet,
    );
  t.equal(outcome(judged(fourCountsCheck, options, { connections: all, packets: altered({ link: 'eth0' }) })), 'syn');
  t.equal(outcome(judged(fourCountsCheck, options, { connections: all, packets: altered({ direction: 'in' }) })), 'syn');
});

t.test("another client's connections are not counted", async (t) => {
  const flows = all.map(flowOf);
  const others = flows.map((flow) => ({ ...flow, id: flow.id + 500, original: { ...flow.original, src: '10.10.0.9' } }));
  t.equal(outcome(judged(fourCountsCheck, options, { connections: all, flows: { before: [], after: [...flows, ...others] } })), 'pass');
});

t.test("an entry that was there before may be the old connection's or the new one's", async (t) => {
  const flows = all.map(flowOf);
  const seen = (before: typeof flows, after: typeof flows) =>
    outcome(judged(fourCountsCheck, options, { connections: all, flows: { before, after } }));
  t.equal(seen(flows.slice(3, 5), flows), 'inconclusive');
  t.equal(seen(flows.slice(3, 5), flows.slice(0, 20)), 'conntrack', 'what is not there at all is not explained by it');
  const waiting = flows.map((flow) => ({ ...flow, state: 'TIME_WAIT', timeout: 118 }));
  const other = {
    ...waiting[0],
    id: 900,
    original: { src: '10.10.0.9', dst: '10.200.1.63', sport: 1, dport: 9000 },
  } as (typeof waiting)[number];
  const earlier = [...waiting.slice(3, 5), other];
  t.equal(
    seen(earlier, [...waiting, { ...other, timeout: 115 }]),
    'pass',
    'three seconds have gone by, and the timeouts are as long as before: new ones',
  );
  const stale = [50, 51, 52].map((port) => ({
    ...other,
    id: 900 + port,
    original: { ...other.original, src: client.address, sport: port },
  }));
  const elapsed = [115, 117, 119];
  t.equal(
    seen([...waiting.slice(3, 5), ...stale], [...waiting, ...stale.map((flow, i) => ({ ...flow, timeout: elapsed[i] ?? 0 }))]),
    'pass',
    'from ports that no request had: old ones, one read late, one that a late segment renewed',
  );
  const [first] = waiting;
  if (first === undefined) throw new Error('thirty connections have a first');
  const toPod = { ...first, id: 950, original: { ...first.original, dst: podAt(0).address, dport: 80 }, timeout: 119 };
  t.equal(
    seen([toPod, other], [...waiting, { ...toPod, timeout: 120 }, { ...other, timeout: 114 }]),
    'pass',
    'from a port that a request had, to another destination: an earlier connection',
  );
  t.equal(seen(earlier, [...waiting, { ...other, timeout: 117 }]), 'inconclusive', 'within a second that does not tell');
});

t.test("a node's own probe of a pod's readiness is no connection of the client's", async (t) => {
  const probe = packetsOf({ index: 700, port: 50_000, pod: 0 })
    .filter(({ link, direction, ack }) => link === 'veth1' && direction === 'out' && ack === undefined)
    .map((packet) => ({ ...packet, from: { address: '10.10.1.1', port: 50_000 } }));
  t.equal(probe.length, 1);
  t.equal(outcome(judged(fourCountsCheck, options, { connections: all, packets: [...all.flatMap(packetsOf), ...probe] })), 'pass');
});

t.test('behind a masquerade a connection is known by its sequence number', async (t) => {
  const packets = all
    .flatMap(packetsOf)
    .map((packet) =>
      packet.link === 'eth0' || packet.node !== clientNode ? { ...packet, from: { ...packet.from, address: '172.18.0.2' } } : packet,
    );
  t.match(judged(fourCountsCheck, options, { connections: all, packets }).seen.en, /SYN 10\/10\/10$/);
});

t.test('a request that may have asked twice makes a difference of one doubtful, and a larger one no less certain', async (t) => {
  const [first, ...rest] = answers;
  if (first === undefined) throw new Error('thirty connections have a first');
  const late = [{ ...first, timeTotalMs: 1_012 }, ...rest];
  const counting = (dnat: readonly number[], given = late) =>
    outcome(judged(fourCountsCheck, options, { connections: all, answers: given, counts: { [clientNode]: countsFor(dnat) } }));
  t.equal(counting([10, 11, 10]), 'inconclusive', 'its first SYN was given to another pod');
  t.equal(counting([10, 11, 10], [{ ...first, timeTotalMs: 900 }, ...rest]), 'dnat', 'that was no second SYN');
  t.equal(counting([10, 12, 10]), 'dnat', 'two more are not explained by one');
  t.equal(counting([10, 10, 10]), 'pass', 'and where all agree, it matters to nobody');
});

t.test("connections that went past the Service's rules", async (t) => {
  const verdict = judged(fourCountsCheck, options, {
    connections: connections(40, (i) => (i % 2 ? 0 : (i / 2) % 3)),
    counts: { [clientNode]: countsFor([7, 7, 6]) },
  });
  t.equal(outcome(verdict), 'dnat');
  t.match(verdict.seen.en, /answers 27\/7\/6, DNAT 7\/7\/6, conntrack 27\/7\/6, SYN 27\/7\/6/);
});

t.test("the first pod's node hands its connections to another pod", async (t) => {
  const to = { address: podAt(1).address, port: 80 };
  const handed = all.flatMap((connection) => {
    const packets = packetsOf(connection);
    if (connection.pod !== 0) return packets;
    // In by the uplink, out by the uplink again, and on to the other pod's node and wire.
    const [asked, left, came] = packets;
    if (asked === undefined || left === undefined || came === undefined) throw new Error('a connection has eight packets');
    const on = { ...came, to, atUs: came.atUs + 5 };
    return [
      asked,
      left,
      came,
      { ...on, direction: 'out' as const },
      { ...on, node: podAt(1).node },
      { ...on, node: podAt(1).node, link: 'veth1' as const, direction: 'out' as const },
    ];
  });
  const answered = all.map((connection) => answerOf(connection.pod === 0 ? { ...connection, pod: 1 } : connection));
  const verdict = judged(fourCountsCheck, options, { connections: all, answers: answered, packets: handed });
  t.equal(outcome(verdict), 'answers');
  t.match(verdict.seen.en, /answers 0\/20\/10, DNAT 10\/10\/10, conntrack 10\/10\/10, SYN 0\/20\/10/);
});

t.test('the other columns, each alone', async (t) => {
  t.equal(
    outcome(judged(fourCountsCheck, options, { connections: all, flows: { before: [], after: all.slice(1).map(flowOf) } })),
    'conntrack',
  );
  t.equal(outcome(judged(fourCountsCheck, options, { connections: all, packets: all.slice(1).flatMap(packetsOf) })), 'syn');
  t.equal(
    outcome(judged(fourCountsCheck, options, { connections: all, packets: all.flatMap(packetsOf).filter(({ link }) => link === 'eth0') })),
    'syn',
  );
  const [first, ...rest] = answers;
  if (first === undefined) throw new Error('thirty answers have a first');
  t.equal(outcome(judged(fourCountsCheck, options, { connections: all, answers: [...rest, unanswered(first)] })), 'answers');
  t.equal(outcome(judged(fourCountsCheck, options, { connections: all, packets: [], counts: {} })), 'disagree');
});

t.test('nothing is no agreement, and neither is a request that no column has', async (t) => {
  t.equal(outcome(judged(fourCountsCheck, options)), 'answers');
  t.equal(outcome(judged(fourCountsCheck, options, { answers: answers.map(unanswered) })), 'answers');
  const [first] = answers;
  if (first === undefined) throw new Error('thirty answers have a first');
  t.equal(outcome(judged(fourCountsCheck, options, { connections: all, answers: [...answers, unanswered(first)] })), 'answers');
});

t.test('without its evidence', async (t) => {
  for (const name of ['rules', 'table', 'wire', 'answers', 'objects']) {
    t.equal(outcome(judged(fourCountsCheck, options, { connections: all, unsound: name })), 'inconclusive', name);
  }
});

t.test('a port that was used twice leaves conntrack one entry for two connections: that is no evidence against the cluster', async (t) => {
  const twice = all.map((connection, i) => (i === 1 ? { ...connection, port: all[0]?.port ?? 0 } : connection));
  t.equal(outcome(judged(fourCountsCheck, options, { connections: twice })), 'inconclusive');
});
