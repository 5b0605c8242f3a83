import t from 'tap';
import { arpCheck } from './arp.js';
import { pods } from './testing/cluster.js';
import { outcome } from './testing/stage.js';
import { judgedOnWire, type WirePacket } from './testing/wire.js';

const [, pod2] = pods;
const place = `node/${pod2.node}` as const;
const gateway = '10.10.2.1';
const roles = { pod2: `pod/${pod2.name}` };
const judge = (asks: 'pod' | 'node', packets: readonly WirePacket[]) =>
  judgedOnWire(arpCheck, { pod: 'pod2', asks }, { roles, places: [place], packets });
const arp = (
  kind: 'who-has' | 'is-at',
  direction: 'in' | 'out',
  from: string,
  to: string,
  link: WirePacket['link'] = 'veth1',
): WirePacket => ({
  place,
  link,
  direction,
  from,
  to,
  atUs: kind === 'who-has' ? 0 : 10,
  what: { kind },
});

t.test("the node asks for the pod's address, and the pod's end answers", async (t) => {
  const verdict = judge('node', [arp('who-has', 'out', gateway, pod2.address), arp('is-at', 'in', pod2.address, gateway)]);
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, 'who-has 10.10.2.2 tell 10.10.2.1 (veth1); 10.10.2.2 is-at 02:00:00:00:00:01');
});

t.test("the pod asks for its gateway, and the node's end answers", async (t) => {
  const packets = [arp('who-has', 'in', pod2.address, gateway), arp('is-at', 'out', gateway, pod2.address)];
  t.equal(outcome(judge('pod', packets)), 'pass');
  t.equal(outcome(judge('node', packets)), 'not-asked', 'which is the other question');
});

t.test('nobody asks, or somebody asks in another name', async (t) => {
  t.equal(outcome(judge('node', [])), 'not-asked');
  const verdict = judge('node', [arp('who-has', 'out', '172.18.0.4', pod2.address), arp('is-at', 'in', pod2.address, '172.18.0.4')]);
  t.equal(outcome(verdict), 'not-asked');
  t.match(verdict.seen.en, /tell 172\.18\.0\.4/);
  t.equal(outcome(judge('node', [arp('who-has', 'out', gateway, pod2.address, 'eth0')])), 'not-asked', 'on the uplink');
});

t.test('nobody answers on that wire', async (t) => {
  const question = arp('who-has', 'out', gateway, pod2.address);
  t.equal(outcome(judge('node', [question])), 'not-answered');
  t.equal(outcome(judge('node', [question, arp('is-at', 'out', pod2.address, gateway)])), 'not-answered', 'the node answered itself');
  t.equal(outcome(judge('node', [question, arp('is-at', 'in', pod2.address, gateway, 'veth2')])), 'not-answered', 'on another wire');
});

t.test('without its evidence', async (t) => {
  t.equal(outcome(judgedOnWire(arpCheck, { pod: 'pod2', asks: 'node' }, { roles })), 'inconclusive');
});
