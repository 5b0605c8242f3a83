import t from 'tap';
import { relayedCheck } from './relayed.js';
import { clientNode, nodeAddress } from './testing/cluster.js';
import { judged, outcome, type Staged } from './testing/stage.js';
import { answerOf, type Connection, connections, packetsOf, podAt, type TestPacket } from './testing/traffic.js';

const options = { by: 'client.node' };
const proxyPort = (connection: Connection): number => connection.port + 10_000;

/** What a proxy on the client's node leaves: the client's connection ends there, and a second one goes on. */
function relayed(asks: string = nodeAddress(clientNode)): Staged {
  const packets = connections(3).flatMap((connection) => {
    const own = packetsOf(connection).filter(({ link, node }) => node === clientNode && link === 'veth1');
    const onward = packetsOf(connection)
      .filter(({ link, node }) => node !== clientNode || link !== 'veth1')
      .map((packet) => second(packet, connection, asks));
    return [...own, ...onward];
  });
  const answers = connections(3).map((connection) => ({
    ...answerOf(connection),
    body: `Hostname: ${podAt(connection.pod).name}\nRemoteAddr: ${asks}:${proxyPort(connection)}\n`,
  }));
  return { packets, answers };
}

function second(packet: TestPacket, connection: Connection, address: string): TestPacket {
  const end = { address, port: proxyPort(connection) };
  const more = { seq: packet.seq + 9_000_000, ...(packet.ack === undefined ? {} : { ack: packet.ack + 9_000_000 }) };
  return packet.ack === undefined ? { ...packet, ...more, from: end } : { ...packet, ...more, to: end };
}

t.test('two connections for one request', async (t) => {
  const verdict = judged(relayedCheck, options, relayed());
  t.equal(verdict.status, 'pass');
  t.match(verdict.seen.en, /^3 requests, 6 connections; the first: 10\.10\.0\.5:40000 -> .*; 172\.18\.0\.2:50000 -> 10\.10\.1\.2:80$/);
  t.equal(verdict.details?.length, 2);
});

t.test('the client itself reached the pod', async (t) => {
  t.equal(outcome(judged(relayedCheck, options, { connections: connections(3) })), 'direct');
});

t.test('the pod was asked by another', async (t) => {
  t.equal(outcome(judged(relayedCheck, options, relayed('172.18.0.9'))), 'source');
});

t.test('nothing of a second connection, and nothing at all', async (t) => {
  const { packets = [], answers = [] } = relayed();
  const own = packets.filter(({ node }) => node === clientNode);
  t.equal(outcome(judged(relayedCheck, options, { packets: own, answers })), 'not-seen');
  t.equal(outcome(judged(relayedCheck, options, { connections: [] })), 'not-seen');
  for (const name of ['wire', 'answers', 'objects']) {
    t.equal(outcome(judged(relayedCheck, options, { ...relayed(), without: [name] })), 'inconclusive', name);
  }
});
