import t from 'tap';
import { decodePackets } from './decode.js';
import { parseLinks } from './documents.js';
import { followConnection, newConnections, type PlacedCapture } from './follow.js';
import { isSyn, type TcpPacket } from './packet.js';
import { readPcap } from './pcap.js';
import { fixture } from './testing/fixture.js';

const capture = (place: string): PlacedCapture => ({
  place,
  links: parseLinks(fixture(`nat/${place}.links.json`).toString()),
  packets: decodePackets(readPcap(fixture(`nat/${place}.pcap`))),
});
const captures = ['server', 'client', 'router'].map(capture);
const client = { source: '10.10.0.4', sourcePort: 40001, destination: '10.200.1.7', destinationPort: 9000 };

const way = (
  stops: readonly {
    place: string;
    link: string;
    direction: string;
    source: string;
    sourcePort: number;
    destination: string;
    destinationPort: number;
    ttl: number;
  }[],
) =>
  stops.map((s) => `${s.place} ${s.link} ${s.direction} ${s.source}:${s.sourcePort} > ${s.destination}:${s.destinationPort} ttl ${s.ttl}`);

t.test('one connection is followed through the DNAT and back', async (t) => {
  const followed = followConnection(captures, client);
  t.same(way(followed?.syn ?? []), [
    'client eth0 out 10.10.0.4:40001 > 10.200.1.7:9000 ttl 64',
    'router veth-c in 10.10.0.4:40001 > 10.200.1.7:9000 ttl 64',
    'router veth-s out 10.10.0.4:40001 > 10.10.1.2:80 ttl 63',
    'server eth0 in 10.10.0.4:40001 > 10.10.1.2:80 ttl 63',
  ]);
  t.same(way(followed?.synAck ?? []), [
    'server eth0 out 10.10.1.2:80 > 10.10.0.4:40001 ttl 64',
    'router veth-s in 10.10.1.2:80 > 10.10.0.4:40001 ttl 64',
    'router veth-c out 10.200.1.7:9000 > 10.10.0.4:40001 ttl 63',
    'client eth0 in 10.200.1.7:9000 > 10.10.0.4:40001 ttl 63',
  ]);
  t.type(followed?.serverSeq, 'number');
});

/** All packets at the same moment, and every capture's packets in the wrong order. */
const tied = captures.map((one) => ({ ...one, packets: one.packets.map((packet) => ({ ...packet, timestampUs: 1 })).toReversed() }));

t.test('looks in the same microsecond are put into the order of the way', async (t) => {
  t.same(way(followConnection(tied, client)?.syn ?? []), way(followConnection(captures, client)?.syn ?? []));
  t.same(way(followConnection(tied, client)?.synAck ?? []), way(followConnection(captures, client)?.synAck ?? []));
});

t.test('a bridge, which takes nothing from the TTL, is crossed from in to out', async (t) => {
  const [syn] = newConnections(capture('client').packets);
  if (syn === undefined) throw new Error('no SYN in the fixture');
  const at = (place: string, ...looks: readonly { ifindex: number; direction: 'in' | 'out' }[]): PlacedCapture => ({
    place,
    links: new Map(),
    packets: looks.map((look) => ({ ...syn, ...look, timestampUs: 1 })),
  });
  const bridged = [
    at('b', { ifindex: 1, direction: 'in' }),
    at('bridge', { ifindex: 3, direction: 'out' }, { ifindex: 2, direction: 'in' }),
    at('a', { ifindex: 1, direction: 'out' }),
  ];
  t.same(
    followConnection(bridged, syn)?.syn.map(({ place, link, direction }) => `${place} ${link} ${direction}`),
    ['a if1 out', 'bridge if2 in', 'bridge if3 out', 'b if1 in'],
  );
});

t.test('a SYN that was sent again is the same connection, seen twice', async (t) => {
  const [one, two, three] = captures;
  if (one === undefined || two === undefined || three === undefined) throw new Error('three captures');
  const again = two.packets.filter(isSyn).map((syn) => ({ ...syn, timestampUs: syn.timestampUs + 1_000_000 }));
  const followed = followConnection([one, { ...two, packets: [...two.packets, ...again] }, three], client);
  t.same(
    followed?.syn.map(({ times }) => times),
    [2, 1, 1, 1],
  );
  t.equal(followed?.syn[0]?.place, 'client');
  t.equal(newConnections([...two.packets, ...again]).length, 2);
});

t.test('a connection that nobody answered, and one that nobody saw', async (t) => {
  const unanswered = captures.map((one) => ({ ...one, packets: one.packets.filter(isSyn) }));
  const followed = followConnection(unanswered, client);
  t.equal(followed?.syn.length, 4);
  t.same(followed?.synAck, []);
  t.equal(followed?.serverSeq, undefined);
  t.equal(followConnection(captures, { ...client, sourcePort: 1 }), undefined);
  t.equal(followConnection([], client), undefined);
});

t.test('new connections at a link, whatever else crosses it', async (t) => {
  const { packets, links } = capture('router');
  const on = (name: string) => (syn: TcpPacket) => syn.ifindex !== undefined && links.get(syn.ifindex) === name;
  t.equal(newConnections(packets, on('veth-s')).length, 2);
  t.ok(newConnections(packets, on('veth-s')).every((syn) => syn.destination === '10.10.1.2' && syn.destinationPort === 80));
  t.ok(newConnections(packets, on('veth-c')).every((syn) => syn.destination === '10.200.1.7'));
  t.equal(newConnections(packets).length, 4, 'before and after the translation, each is a tuple of its own');
  t.same(newConnections(packets, on('lo')), []);
});
