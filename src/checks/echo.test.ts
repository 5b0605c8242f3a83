import t from 'tap';
import { echoCheck } from './echo.js';
import { client, clientNode, clusterObjects, nodeAddress, podObject, pods, replaced } from './testing/cluster.js';
import { outcome } from './testing/stage.js';
import { judgedOnWire, type WirePacket, type WireStage } from './testing/wire.js';

const [, pod2] = pods;
const roles = { client: `pod/${client.name}`, pod2: `pod/${pod2.name}` };
const options = { from: 'client', to: 'pod2', count: 2 };
const places = [`node/${clientNode}` as const, `node/${pod2.node}` as const] as const;
const stage = (packets: readonly WirePacket[], more: Partial<WireStage> = {}): WireStage => ({ roles, places, packets, ...more });

/** A request's way there, and its reply's way back, each hop 10 microseconds after the one before it. */
function ping(sequence: number): readonly WirePacket[] {
  const hop = (kind: 'request' | 'reply', step: number, place: string, link: 'eth0' | 'veth1', direction: 'in' | 'out', ttl: number) => {
    const [from, to] = kind === 'request' ? [client.address, pod2.address] : [pod2.address, client.address];
    return { place, link, direction, from, to, atUs: sequence * 1000 + step * 10, what: { kind, id: 7, sequence, ttl } } as WirePacket;
  };
  return [
    hop('request', 0, places[0], 'veth1', 'in', 64),
    hop('request', 1, places[0], 'eth0', 'out', 63),
    hop('request', 2, places[1], 'eth0', 'in', 63),
    hop('request', 3, places[1], 'veth1', 'out', 62),
    hop('reply', 4, places[1], 'veth1', 'in', 64),
    hop('reply', 5, places[1], 'eth0', 'out', 63),
    hop('reply', 6, places[0], 'eth0', 'in', 63),
    hop('reply', 7, places[0], 'veth1', 'out', 62),
  ];
}

const two = [...ping(1), ...ping(2)];
const changed = (change: (packet: WirePacket) => WirePacket | undefined) => stage(two.flatMap((packet) => change(packet) ?? []));
const isSecondRequest = ({ what }: WirePacket) => what.kind === 'request' && what.sequence === 2;

t.test("seen at each hop with the pod's own address, and a TTL that falls by one at each router", async (t) => {
  const verdict = judgedOnWire(echoCheck, options, stage(two));
  t.equal(verdict.status, 'pass');
  t.equal(
    verdict.seen.en,
    '2 requests, all answered; the wire of net-pod: from 10.10.0.5, TTL 64; eth0 of myk8s-control-plane: from 10.10.0.5, TTL 63; ' +
      'eth0 of myk8s-worker2: from 10.10.0.5, TTL 63; the wire of webpod2: from 10.10.0.5, TTL 62',
  );
  const [detail] = verdict.details ?? [];
  t.match(detail, { kind: 'table', rows: { length: 8 } });
  t.same(detail?.kind === 'table' ? detail.rows[3] : [], ['myk8s-worker2', 'veth1', 'out', '10.10.0.5 -> 10.10.2.2', '62']);
  const widened = changed((packet) => ('ttl' in packet.what ? { ...packet, what: { ...packet.what, ttl: packet.what.ttl + 64 } } : packet));
  t.equal(outcome(judgedOnWire(echoCheck, options, widened)), 'pass', 'whatever TTL the pod begins with');
});

t.test('not seen', async (t) => {
  t.equal(outcome(judgedOnWire(echoCheck, options, stage([]))), 'not-seen', 'nothing at all');
  t.equal(outcome(judgedOnWire(echoCheck, options, stage(ping(1)))), 'not-seen', 'fewer than were sent');
  t.equal(outcome(judgedOnWire(echoCheck, { ...options, count: 1 }, stage(two))), 'not-seen', 'more than were sent');
  for (const hop of [1, 2, 3]) {
    const verdict = judgedOnWire(echoCheck, options, stage(two.filter((_, i) => i !== 8 + hop)));
    t.equal(outcome(verdict), 'not-seen', `hop ${hop} of the second request`);
    t.match(verdict.seen.en, /^request 2: not seen at /);
  }
  const otherLink = changed((packet) =>
    isSecondRequest(packet) && packet.direction === 'out' && packet.place === places[1] ? { ...packet, link: 'eth0' } : packet,
  );
  t.equal(outcome(judgedOnWire(echoCheck, options, otherLink)), 'not-seen', "the uplink is not the pod's wire");
});

t.test('masqueraded', async (t) => {
  const own = nodeAddress(clientNode);
  const packets = changed((packet) => {
    const isInside = packet.place === places[0] && packet.link === 'veth1';
    if (isInside) return packet;
    return packet.what.kind === 'request' ? { ...packet, from: own } : { ...packet, to: own };
  });
  const verdict = judgedOnWire(echoCheck, options, packets);
  t.equal(outcome(verdict), 'source');
  t.match(verdict.seen.en, /request 1: eth0 of myk8s-control-plane: from 172\.18\.0\.2, TTL 63/);
  t.equal(outcome(judgedOnWire(echoCheck, { ...options, masqueraded: true }, packets)), 'pass', 'which another claim may expect');
  t.equal(outcome(judgedOnWire(echoCheck, { ...options, masqueraded: true }, stage(two))), 'source');
});

t.test('one router more, or none', async (t) => {
  const detour = changed((packet) =>
    packet.what.kind === 'request' && packet.place === places[1]
      ? { ...packet, what: { ...packet.what, ttl: packet.what.ttl - 1 } }
      : packet,
  );
  const verdict = judgedOnWire(echoCheck, options, detour);
  t.equal(outcome(verdict), 'ttl');
  t.match(verdict.seen.ko, /^1번 요청: myk8s-worker2의 eth0: 10\.10\.0\.5에서, TTL 62/);
});

t.test('unanswered', async (t) => {
  const isLast = ({ what, place, link }: WirePacket) => what.kind === 'reply' && place === places[0] && link === 'veth1';
  const verdict = judgedOnWire(
    echoCheck,
    options,
    changed((packet) => (isLast(packet) ? undefined : packet)),
  );
  t.equal(outcome(verdict), 'unanswered', 'the reply reached the node and not the pod');
});

t.test('to a pod on the same node there is one router, and no uplink', async (t) => {
  const objects = replaced(pod2.name, podObject(pod2.name, pod2.address, clientNode));
  const packets = two
    .filter(({ link }) => link === 'veth1')
    .map((packet): WirePacket => {
      const isTheirs = packet.place === places[1];
      const what = 'ttl' in packet.what && packet.what.ttl === 62 ? { ...packet.what, ttl: 63 } : packet.what;
      return { ...packet, place: places[0], link: isTheirs ? 'veth2' : 'veth1', what };
    });
  t.equal(outcome(judgedOnWire(echoCheck, options, stage(packets, { objects }))), 'pass');
});

t.test('without its evidence', async (t) => {
  t.equal(outcome(judgedOnWire(echoCheck, options, { roles, packets: two })), 'inconclusive', 'no capture');
  t.equal(outcome(judgedOnWire(echoCheck, options, stage(two, { places: [places[0]] }))), 'inconclusive', 'no capture where it arrives');
  const objects = clusterObjects().filter(({ metadata }) => metadata.name !== pod2.name);
  t.equal(outcome(judgedOnWire(echoCheck, options, stage(two, { objects }))), 'inconclusive', 'the pod is gone');
});
