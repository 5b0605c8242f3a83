import t from 'tap';
import { hopCheck } from './hop.js';
import { nodeAddress, nodeNames } from './testing/cluster.js';
import { gateway, mypc, outside, outsideAnswer, outsideConnections, outsidePackets, silent } from './testing/outside.js';
import { judged, outcome, type Staged } from './testing/stage.js';
import type { TestPacket } from './testing/traffic.js';

const comesIn = { at: ['target'], source: 'client', destination: 'target', back: true };
const masqueraded = { at: ['backend.node', 'backend'], source: 'target', destination: 'backend', back: true };
const atHome = { at: ['backend'], source: 'target', destination: 'backend', where: 'here' };
/** To the node without a pod, and to worker 1, which runs the first pod. */
const elsewhere = outsideConnections(
  1,
  () => 0,
  () => 1,
);
const home = outsideConnections(
  1,
  () => 1,
  () => 0,
);
const check = (options: object, staged: Staged) => judged(hopCheck, options, staged);

t.test('a connection comes in by the node that is asked, and its answer leaves there', async (t) => {
  const verdict = check(comesIn, outside(elsewhere));
  t.equal(verdict.status, 'pass');
  t.equal(
    verdict.seen.en,
    `eth0 of ${nodeNames[0]}: ${mypc}:50000 -> 172.18.0.2:31662; back at eth0 of ${nodeNames[0]}: 172.18.0.2:31662 -> ${mypc}:50000`,
  );
  t.equal(outcome(check({ ...comesIn, at: ['entry'] }, outside(elsewhere))), 'pass', 'the role of the node is as good');
  t.equal(outcome(check({ ...comesIn, at: ['entry'] }, outside(home))), 'not-seen', 'it came in by another');
  const oneWay = outsidePackets(elsewhere[0] ?? never()).filter(({ ack, node }) => ack === undefined || node !== nodeNames[0]);
  t.equal(outcome(check(comesIn, outside(elsewhere, { packets: oneWay }))), 'not-seen', 'the answer does not come by');
  t.equal(outcome(check({ ...comesIn, back: false }, outside(elsewhere, { packets: oneWay }))), 'pass', 'which only back asks for');
});

t.test('the pod sees the address of the interface that the node sends it on by', async (t) => {
  t.equal(outcome(check(masqueraded, outside(elsewhere))), 'pass');
  t.equal(outcome(check(atHome, outside(home))), 'pass');
  const as = (address: string, of = elsewhere) =>
    outside(of, { packets: of.flatMap((one) => outsidePackets(one, { address, port: 20_001 })) });
  t.equal(outcome(check(masqueraded, as(mypc))), 'source', 'not masqueraded');
  t.equal(outcome(check(masqueraded, as(gateway(0)))), 'source', 'another address of the node');
  t.equal(outcome(check(atHome, as(nodeAddress(nodeNames[1]), home))), 'source', "eth0's address for a pod of its own");
  const kept = { at: ['backend'], source: 'client', destination: 'backend', back: true };
  const own = (port: number) => outside(home, { packets: home.flatMap((one) => outsidePackets(one, { address: mypc, port })) });
  t.equal(outcome(check(kept, own(50_000))), 'pass', "with policy Local the client's own address");
  t.equal(outcome(check(kept, own(50_001))), 'inconclusive', 'a port that the kernel changed');
  t.equal(outcome(check(kept, outside(home))), 'source');
});

t.test('an answer that comes back with other ends', async (t) => {
  const changed = (change: (packet: TestPacket) => TestPacket): Staged =>
    outside(elsewhere, {
      packets: elsewhere.flatMap((one) => outsidePackets(one)).map((packet) => (packet.ack === undefined ? packet : change(packet))),
    });
  const elsewhereTo = changed((packet) => ({ ...packet, to: { ...packet.to, address: '172.18.0.9' } }));
  t.equal(outcome(check(comesIn, elsewhereTo)), 'source', 'the SYN had another source');
  const untranslated = changed((packet) => ({ ...packet, from: { address: '10.10.2.2', port: 80 } }));
  t.equal(outcome(check(comesIn, untranslated)), 'destination');
});

t.test('only the connections whose pod is here, or is not', async (t) => {
  const both = outsideConnections(6, () => 1);
  t.match(check(atHome, outside(both)).seen.en, /^all 2 connections/);
  t.match(check({ ...masqueraded, where: 'elsewhere' }, outside(both)).seen.en, /^all 4 connections/);
  const verdict = check({ ...atHome, where: 'here' }, outside(elsewhere));
  t.equal(outcome(verdict), 'inconclusive');
  t.match(verdict.seen.en, /chance sent no connection there/);
  const answers = elsewhere.map(outsideAnswer).map(silent);
  t.equal(outcome(check(atHome, outside(elsewhere, { answers }))), 'not-seen', 'nobody answered');
  t.equal(outcome(check({ ...masqueraded, at: ['backend.node'] }, outside(home))), 'inconclusive', 'there is no uplink between');
});

function never(): never {
  throw new Error('one connection was made');
}
