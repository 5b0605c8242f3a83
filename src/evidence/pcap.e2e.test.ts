import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { decodePackets } from './decode.js';
import type { Packet } from './packet.js';
import { readPcap } from './pcap.js';
import { sampleFrames, sll2 } from './testing/frames.js';
import { runPrivately } from './testing/namespace.js';
import { writePcap } from './testing/pcap-writer.js';
import { directionOf, rowOf, tsharkRows } from './testing/tshark.js';

// once() rejects at 'error', so that a socket that cannot be had ends the script with its reason and not, silently, with Node's code 13.
const traffic = `
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
let step = 'start';
process.on('exit', (code) => code === 0 || console.error('ended with ' + code + ' at: ' + step));
const send = (socket, port, to, data) =>
  new Promise((resolve, reject) => socket.send(data, port, to, (error) => (error ? reject(error) : resolve())));
for (const host of ['127.0.0.1', '::1']) {
  step = 'listen on ' + host;
  const server = createServer((socket) => socket.end('hello '.repeat(500))).listen(8080, host);
  await once(server, 'listening');
  step = 'connection to ' + host;
  await once(connect(8080, host).resume(), 'close');
  step = 'refused connection to ' + host;
  const [refused] = await once(connect(81, host).once('error', () => {}), 'error').catch((error) => [error]);
  if (refused.code !== 'ECONNREFUSED') throw refused;
  server.close();
  step = 'datagrams to ' + host;
  const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
  await once(socket.bind(5000, host), 'listening');
  if (host === '127.0.0.1') {
    socket.setTTL(9);
    await send(socket, 5001, host, Buffer.alloc(5000, 'x'));
  }
  await send(socket, 5000, host, 'to itself');
  await once(socket, 'message');
  await send(socket, 5999, host, 'to a closed port');
  socket.close();
}
step = 'datagram to nobody';
const lost = createSocket('udp4');
await send(lost, 7, '192.0.2.9', 'to nobody');
lost.close();
`;

// tcpdump's ring holds eight packets of its usual snapshot length (256 KiB), and hundreds of 2 KiB. The neighbour entry fails after the
// last question by ARP; the captures are seen to hold a packet that came after all others.
const script = `
ip link set lo mtu 1500 up
ip link add v0 type veth peer name v1
ip addr add 192.0.2.1/24 dev v0
ip link set v0 up
ip link set v1 up
: >any.err >lo.err
tcpdump -i any -y LINUX_SLL2 -s 2048 --immediate-mode -U -w - >any.pcap 2>any.err & any=$!
tcpdump -i lo -s 2048 --immediate-mode -U -w - >lo.pcap 2>lo.err & lo=$!
until grep -q listening any.err && grep -q listening lo.err; do sleep 0.02; done
node traffic.mjs
until ip neigh show 192.0.2.9 dev v0 | grep -q FAILED; do sleep 0.05; done
ping -c 1 -p 656e64206f66 -s 24 127.0.0.1 >ping.out
until grep -q 'end of' any.pcap && grep -q 'end of' lo.pcap; do sleep 0.02; done
kill -INT $any $lo
wait
grep -hi 'dropped' any.err lo.err
`;

async function compare(t: Test, folder: string, file: string): Promise<readonly Packet[]> {
  const packets = decodePackets(readPcap(await readFile(join(folder, file))));
  const rows = await tsharkRows(file, folder);
  t.equal(packets.length, rows.length, `${file}: as many packets as tshark sees`);
  packets.forEach((packet, i) => {
    const { 'sll.pkttype': _, ...theirs } = rows[i] ?? {};
    const { 'sll.pkttype': __, ...ours } = rowOf(packet);
    t.same(ours, theirs, `${file}: packet ${i + 1}, ${packet.kind}`);
    t.equal(packet.direction, directionOf(rows[i] ?? {}));
  });
  return packets;
}

t.test('tshark decodes real captures as we do', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'svclab-pcap-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'traffic.mjs'), traffic);
  const ended = await runPrivately(script, folder);
  t.match(ended, { code: 0, signal: null, stderr: '' });
  t.equal(ended.stdout, '0 packets dropped by kernel\n'.repeat(2), 'the captures are whole');
  const any = await compare(t, folder, 'any.pcap');
  const lo = await compare(t, folder, 'lo.pcap');
  for (const kind of ['tcp', 'udp', 'icmp', 'ip'] as const) {
    t.ok(any.some((packet) => packet.kind === kind) && lo.some((packet) => packet.kind === kind), `there is ${kind} in both`);
  }
  t.ok(any.some((packet) => packet.kind === 'arp'));
  t.ok(any.some((packet) => packet.kind === 'icmp' && packet.about?.destinationPort === 5999));
  t.ok(any.some((packet) => packet.kind === 'udp' && packet.moreFragments && packet.ttl === 9));
  t.notOk(any.some((packet) => packet.kind === 'malformed'));
});

t.test('tshark decodes frames written by hand as we do', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'svclab-pcap-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const frames = sampleFrames().map(([, data], i) => ({ seconds: 1_700_000_000 + i, fraction: 123_456, data }));
  await writeFile(join(folder, 'ethernet.pcap'), writePcap(frames, { littleEndian: false, nanoseconds: false, linkType: 1 }));
  await compare(t, folder, 'ethernet.pcap');
  const cooked = frames.map(({ data, ...rest }, i) => ({
    ...rest,
    data: sll2({ etherType: Buffer.from(data).readUInt16BE(12), ifindex: 3 + i, hardwareType: 1, packetType: i % 5 }, data.subarray(14)),
  }));
  await writeFile(join(folder, 'sll2.pcap'), writePcap(cooked, { littleEndian: true, nanoseconds: false, linkType: 276 }));
  await compare(t, folder, 'sll2.pcap');
});
