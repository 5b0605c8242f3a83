import t from 'tap';
import { conntrackReplyCheck } from './conntrack-reply.js';
import { client, clientNode, nodeAddress, pods } from './testing/cluster.js';
import { outcome } from './testing/stage.js';
import { judgedOnWire, type WireStage } from './testing/wire.js';

const [, pod2] = pods;
const roles = { client: `pod/${client.name}`, pod2: `pod/${pod2.name}` };
const options = { on: ['client.node', 'pod2.node'], protocol: 'icmp', from: 'client', to: 'pod2', replyTo: 'client' };
const here = `node/${clientNode}` as const;
const there = `node/${pod2.node}` as const;

interface Entry {
  readonly id: number;
  readonly replySource: string;
  readonly replyDestination: string;
  readonly timeout: number;
}

const entry: Entry = { id: 7, replySource: pod2.address, replyDestination: client.address, timeout: 29 };

/** As `conntrack -L -o xml,id` prints echo requests. */
function xml({ id, replySource, replyDestination, timeout }: Entry): string {
  const meta = (direction: string, src: string, dst: string) =>
    `<meta direction="${direction}"><layer3 protonum="2" protoname="ipv4"><src>${src}</src><dst>${dst}</dst></layer3>` +
    '<layer4 protonum="1" protoname="icmp"></layer4></meta>';
  const body = `${meta('original', client.address, pod2.address)}${meta('reply', replySource, replyDestination)}`;
  const rest = `<meta direction="independent"><timeout>${timeout}</timeout><mark>0</mark><use>1</use><id>${id}</id></meta>`;
  return `<?xml version="1.0" encoding="utf-8"?>\n<conntrack>\n<flow>${body}${rest}</flow>\n</conntrack>\n`;
}

const staged = (atClient: Entry | undefined, before = ''): WireStage => ({
  roles,
  table: [
    { place: here, role: 'before', xml: before },
    { place: here, role: 'after', xml: atClient === undefined ? '' : xml(atClient) },
    { place: there, role: 'before', xml: '' },
    { place: there, role: 'after', xml: xml(entry) },
  ],
});

t.test('the reply tuple is the original one turned round, on both nodes', async (t) => {
  const verdict = judgedOnWire(conntrackReplyCheck, options, staged(entry));
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, 'myk8s-control-plane: 1 new entry, myk8s-worker2: 1 new entry');
  t.match(verdict.expected.en, /icmp 10\.10\.0\.5 -> 10\.10\.2\.2, reply 10\.10\.2\.2 -> 10\.10\.0\.5/);
});

t.test('masqueraded', async (t) => {
  const masqueraded = staged({ ...entry, replyDestination: nodeAddress(clientNode) });
  const verdict = judgedOnWire(conntrackReplyCheck, options, masqueraded);
  t.equal(outcome(verdict), 'reply-destination');
  t.equal(verdict.seen.en, 'myk8s-control-plane: original 10.10.0.5 -> 10.10.2.2, reply 10.10.2.2 -> 172.18.0.2');
  const behind = { ...masqueraded, table: (masqueraded.table ?? []).map((file) => (file.place === there ? { ...file, xml: '' } : file)) };
  t.equal(outcome(judgedOnWire(conntrackReplyCheck, options, behind)), 'reply-destination', 'the next node knows it by other addresses');
  const expecting = { ...options, on: ['client.node'], replyTo: 'client.node' };
  t.equal(outcome(judgedOnWire(conntrackReplyCheck, expecting, masqueraded)), 'pass', 'which another claim may expect');
});

t.test('sent on to another address', async (t) => {
  t.equal(outcome(judgedOnWire(conntrackReplyCheck, options, staged({ ...entry, replySource: '10.10.3.2' }))), 'reply-source');
});

t.test('no entry, or none that is new', async (t) => {
  t.equal(outcome(judgedOnWire(conntrackReplyCheck, options, staged(undefined))), 'missing');
  const verdict = judgedOnWire(conntrackReplyCheck, options, staged({ ...entry, timeout: 20 }, xml(entry)));
  t.equal(outcome(verdict), 'missing', 'one of an earlier ping, whose timeout has only fallen');
  t.match(verdict.seen.en, /no new entry at myk8s-control-plane/);
  t.equal(outcome(judgedOnWire(conntrackReplyCheck, { ...options, protocol: 'udp' }, staged(entry))), 'missing', 'of another protocol');
});

t.test('without its evidence', async (t) => {
  t.equal(outcome(judgedOnWire(conntrackReplyCheck, options, { roles })), 'inconclusive');
  const oneTable = { roles, table: (staged(entry).table ?? []).filter(({ place }) => place === here) };
  t.equal(outcome(judgedOnWire(conntrackReplyCheck, options, oneTable)), 'inconclusive', 'a node is missing');
});
