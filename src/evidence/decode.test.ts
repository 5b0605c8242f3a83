import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { decodePackets } from './decode.js';
import { type Packet, tcpFlags } from './packet.js';
import { readPcap } from './pcap.js';
import { fixture } from './testing/fixture.js';
import { bytesOf, ethernet, hex, icmp, ipv4, ipv6, sampleFrames, sll2, tcp, udp } from './testing/frames.js';
import { writePcap } from './testing/pcap-writer.js';

function decode(linkType: number, data: Uint8Array, originalLength = data.length): Packet {
  const file = writePcap([{ seconds: 10, fraction: 5, data, originalLength }], { littleEndian: true, nanoseconds: false, linkType });
  const [packet] = decodePackets(readPcap(file));
  if (packet === undefined) throw new Error('no packet');
  return packet;
}

const sample = (name: string) => decode(1, sampleFrames().find(([known]) => known === name)?.[1] ?? hex(''));

t.test('TCP over Ethernet', async (t) => {
  t.same(sample('data with ECN flags'), {
    kind: 'tcp',
    timestampUs: 10_000_005,
    length: 59,
    direction: 'other',
    version: 4,
    source: '10.10.0.4',
    destination: '10.200.1.7',
    ttl: 64,
    protocol: 6,
    identification: 7,
    fragmentOffset: 0,
    moreFragments: false,
    sourcePort: 40001,
    destinationPort: 9000,
    seq: 5,
    ack: 6,
    flags: 0x1d8,
    payloadLength: 5,
  });
  t.match(sample('a SYN with options'), { seq: 0xfffffff0, flags: tcpFlags.syn, payloadLength: 0 });
  t.match(sample('a SYN-ACK'), { seq: 0x80000000, flags: tcpFlags.syn | tcpFlags.ack });
  t.match(sample('IP options'), { sourcePort: 40001, payloadLength: 5 });
  t.match(sample('padding after the packet'), { kind: 'tcp', payloadLength: 0 });
});

t.test('interface and direction come from LINUX_SLL2', async (t) => {
  const seen = (packetType: number) =>
    decode(276, sll2({ etherType: 0x0800, ifindex: 70_000, hardwareType: 772, packetType }, ipv4({ protocol: 6 }, tcp({ flags: 2 }))));
  t.match(seen(0), { kind: 'tcp', ifindex: 70_000, hardwareType: 772, direction: 'in', length: 60 });
  t.same(
    [0, 1, 2, 3, 4].map((type) => seen(type).direction),
    ['in', 'in', 'in', 'other', 'out'],
  );
  const netlink = decode(276, sll2({ etherType: 0x0800, ifindex: 3, hardwareType: 824, packetType: 4 }, hex('00')));
  t.match(netlink, { kind: 'other', etherType: 0 }, 'a netlink family is not an EtherType');
});

t.test('UDP, ICMP, ARP and what is only named', async (t) => {
  t.match(sample('UDP'), { kind: 'udp', sourcePort: 5353, destinationPort: 53, ttl: 3 });
  const packet = sample('UDP');
  t.equal(packet.kind === 'udp' && Buffer.from(packet.payload).toString(), 'hello');
  t.match(sample('an echo request'), { kind: 'icmp', type: 8, code: 0, id: 0x1234, sequence: 7 });
  t.match(sample('port unreachable'), {
    kind: 'icmp',
    type: 3,
    code: 3,
    about: { protocol: 17, source: '10.10.0.4', destination: '10.200.1.7', sourcePort: 5353, destinationPort: 33434 },
  });
  t.notOk('about' in sample('a router advertisement'));
  t.match(sample('ARP'), { kind: 'arp', operation: 1, senderMac: '02:00:00:00:00:01', source: '10.10.0.4', destination: '10.10.0.1' });
  t.match(sample('a VLAN tag'), { kind: 'udp', destinationPort: 2 });
  t.match(sample('GRE'), { kind: 'ip', protocol: 47 });
  t.match(sample('another EtherType'), { kind: 'other', etherType: 0x88cc });
});

t.test('a later fragment has no ports, and a first one keeps what it holds', async (t) => {
  t.match(sample('a last fragment'), { kind: 'ip', protocol: 17, fragmentOffset: 24, moreFragments: false });
  const first = sample('a first fragment');
  t.match(first, { kind: 'udp', moreFragments: true, fragmentOffset: 0 });
  t.equal(first.kind === 'udp' && first.payload.length, 16);
});

t.test('IPv6', async (t) => {
  t.match(sample('IPv6 TCP'), { kind: 'tcp', version: 6, source: 'fd00::1:0:0:4', destination: '2001:db8:0:1::1', ttl: 61, seq: 9 });
  t.match(sample('an ICMPv6 echo'), { kind: 'icmp', version: 6, type: 128, id: 1, sequence: 2 });
  t.match(sample('an ICMPv6 error'), { kind: 'icmp', about: { protocol: 6, sourcePort: 40001, destinationPort: 9000 } });
  t.match(sample('IPv6 with an extension header'), { kind: 'ip', protocol: 0 });
});

t.test('IPv6 addresses read as the system writes them', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 0, 1, 0xabcd), { minLength: 7, maxLength: 7 }), (groups) => {
      // A first group other than 0 keeps clear of the forms with a dotted IPv4 address inside.
      const address = bytesOf(hex('fd00'), ...groups.map((group) => hex(group.toString(16).padStart(4, '0'))));
      const packet = decode(1, ethernet(0x86dd, bytesOf(hex('60 00 00 00 00 00 3b 40'), address, address)));
      const text = ['fd00', ...groups.map((group) => group.toString(16))].join(':');
      return packet.kind === 'ip' && packet.source === new SocketAddress({ family: 'ipv6', address: text }).address;
    }),
  );
  t.pass('for a hundred addresses');
});

t.test('what the snap length cut off the payload is still counted', async (t) => {
  const frame = ethernet(0x0800, ipv4({ protocol: 6 }, tcp({ flags: 0x18 }, new Uint8Array(1000))));
  t.match(decode(1, frame.subarray(0, 54), frame.length), { kind: 'tcp', payloadLength: 1000 });
  const datagram = ethernet(0x0800, ipv4({ protocol: 17 }, udp(1, 2, new Uint8Array(1000))));
  const packet = decode(1, datagram.subarray(0, 50), datagram.length);
  t.equal(packet.kind === 'udp' && packet.payload.length, 8);
});

t.test('a packet that contradicts itself is malformed, with the reason', async (t) => {
  const edited = (offset: number, value: number, frame = ethernet(0x0800, ipv4({ protocol: 6 }, tcp({ flags: 2 })))) => {
    const copy = Uint8Array.from(frame);
    copy[offset] = value;
    return copy;
  };
  const whole = ethernet(0x0800, ipv4({ protocol: 6 }, tcp({ flags: 2 })));
  const datagram = ethernet(0x0800, ipv4({ protocol: 17 }, udp(1, 2, hex('00'))));
  const cases: readonly (readonly [frame: Uint8Array, reason: RegExp])[] = [
    [whole.subarray(0, 13), /^link header cut short$/],
    [whole.subarray(0, 30), /^IPv4 header cut short$/],
    [edited(14, 0x65), /the header says version 6/],
    [edited(14, 0x44), /^IPv4 header of 16 bytes$/],
    [edited(14, 0x4f), /^IPv4 options cut short$/],
    [edited(17, 19), /^IPv4 total length 19 is less/],
    [edited(17, 200), /^IPv4 total length 200, but only 40/],
    [edited(46, 0x40), /^TCP header of 16 bytes$/],
    [edited(46, 0xf0), /^TCP header of 60 bytes in a payload of 20$/],
    [whole.subarray(0, 50), /^IPv4 total length 40, but only 36/],
    [edited(39, 7, datagram), /^UDP length 7 is less/],
    [edited(39, 70, datagram), /^UDP length 70 in a payload of 9$/],
    [ethernet(0x0800, ipv4({ protocol: 17 }, hex('00'))), /^UDP header cut short$/],
    [ethernet(0x0800, ipv4({ protocol: 1 }, hex('00'))), /^ICMP header cut short$/],
    [ethernet(0x0800, ipv4({ protocol: 1 }, icmp(3, 3, hex('00000000'), hex('45 00')))), /^ICMP error whose original packet/],
    [ethernet(0x0806, hex('0001')), /^ARP packet cut short$/],
    [ethernet(0x0806, bytesOf(hex('0006 0800 08 04'), new Uint8Array(22))), /^ARP for something else/],
    [ethernet(0x8100, hex('00')), /^link header cut short$/],
    [ethernet(0x86dd, hex('60')), /^IPv6 header cut short$/],
    [ethernet(0x86dd, bytesOf(hex('40'), ipv6(6, hex('')).subarray(1))), /the header says version 4/],
    [ethernet(0x86dd, edited(5, 9, ipv6(17, hex('')))), /^IPv6 payload length 9, but only 0/],
  ];
  for (const [frame, malformed] of cases) t.match(decode(1, frame), { kind: 'malformed', malformed, timestampUs: 10_000_005 });
  t.match(decode(276, hex('08 00')), { kind: 'malformed', malformed: 'link header cut short' });
});

t.test('no bytes whatever make the decoder throw', async (t) => {
  const frames = sampleFrames().map(([, frame]) => frame);
  const mangled = fc
    .tuple(fc.constantFrom(...frames), fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 4 }), fc.nat(120), fc.nat(200))
    .map(([frame, edits, length, originalLength]) => {
      const data = frame.slice(0, length);
      for (const [offset, value] of edits) if (offset < data.length) data[offset] = value;
      return { data, originalLength };
    });
  const random = fc.record({ data: fc.uint8Array({ maxLength: 120 }), originalLength: fc.nat(200) });
  fc.assert(
    fc.property(
      fc.oneof(mangled, random),
      fc.constantFrom(1, 276),
      ({ data, originalLength }, linkType) => decode(linkType, data, originalLength).kind !== undefined,
    ),
    { numRuns: 5000 },
  );
  t.pass('of five thousand');
});

t.test('15,000 packets are decoded in well under 100 ms', async (t) => {
  const records = [...readPcap(fixture('nat/router.pcap')).records()].map(({ data, originalLength }) => ({
    seconds: 1,
    fraction: 0,
    data,
    originalLength,
  }));
  const many = Array.from({ length: 15_000 }, (_, i) => records[i % records.length] ?? { seconds: 0, fraction: 0, data: hex('') });
  const file = writePcap(many, { littleEndian: true, nanoseconds: false, linkType: 276 });
  const durations = [1, 2, 3, 4, 5].map(() => {
    const before = performance.now();
    t.equal(decodePackets(readPcap(file)).filter((packet) => packet.kind === 'tcp').length, 15_000);
    return performance.now() - before;
  });
  t.ok(Math.min(...durations) < 100, `${Math.min(...durations).toFixed(1)} ms`);
});
