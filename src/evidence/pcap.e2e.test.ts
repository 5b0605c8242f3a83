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

const traffic = `
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
for (const host of ['127.0.0.1', '::1']) {
  const server = createServer((socket) => socket.end('hello '.repeat(500))).listen(8080, host);
  await new Promise((resolve) => server.on('listening', resolve));
  await new Promise((resolve) => connect(8080, host).on('close', resolve).resume());
  await new Promise((resolve) => connect(81, host).on('error', resolve));
  server.close();
  const socket = createSocket(host === '::1' ? 'udp6' : 'udp4').on('error', () => {});
  await new Promise((resolve) => socket.bind(5000, host, resolve));
  const send = (port, to, data) => new Promise((resolve) => socket.send(data, port, to, resolve));
  if (host === '127.0.0.1') {
    socket.setTTL(9);
    await send(5001, host, Buffer.alloc(5000, 'x'));
  }
  await send(5000, host, 'to itself');
  await send(5999, host, 'to a closed port');
  await delay(50);
  socket.close();
}
const lost = createSocket('udp4');
await new Promise((resolve) => lost.send('to nobody', 7, '192.0.2.9', resolve));
await delay(50);
lost.close();
`;

const script = `
ip link set lo mtu 1500 up
ip link add v0 type veth peer name v1
ip addr add 192.0.2.1/24 dev v0
ip link set v0 up
ip link set v1 up
tcpdump -i any -y LINUX_SLL2 --immediate-mode -U -w - >any.pcap 2>any.err & any=$!
tcpdump -i lo --immediate-mode -U -w - >lo.pcap 2>lo.err & lo=$!
until grep -q listening any.err && grep -q listening lo.err; do sleep 0.02; done
node traffic.mjs
sleep 0.2
kill -INT $any $lo
wait
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
  t.equal(ended.code, 0, ended.stderr);
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
