import fc from 'fast-check';
import t from 'tap';
import { decodePackets } from './decode.js';
import { readPcap } from './pcap.js';
import { fixture } from './testing/fixture.js';
import { writePcap } from './testing/pcap-writer.js';

const records = fc.array(
  fc.record({
    seconds: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fraction: fc.integer({ min: 0, max: 999_999 }),
    data: fc.uint8Array({ maxLength: 80 }),
  }),
  { maxLength: 8 },
);
const layouts = fc.record({ littleEndian: fc.boolean(), nanoseconds: fc.boolean(), linkType: fc.constantFrom(1, 276) });

t.test('what was written is read, in both byte orders and both resolutions', async (t) => {
  fc.assert(
    fc.property(records, layouts, (written, layout) => {
      const pcap = readPcap(writePcap(written, layout));
      const read = [...pcap.records()];
      return (
        !pcap.truncated &&
        pcap.linkType === layout.linkType &&
        read.length === written.length &&
        written.every(({ seconds, fraction, data }, i) => {
          const record = read[i];
          const timestampUs = seconds * 1_000_000 + (layout.nanoseconds ? fraction / 1000 : fraction);
          return record?.timestampUs === timestampUs && record.originalLength === data.length && Buffer.compare(record.data, data) === 0;
        })
      );
    }),
  );
  t.pass('for a hundred files');
});

t.test('a file cut anywhere after its header gives its whole records, and says that it was cut', async (t) => {
  fc.assert(
    fc.property(records, layouts, fc.nat(), (written, layout, seed) => {
      const whole = writePcap(written, layout);
      const length = 24 + (seed % (whole.length - 23));
      const ends = [24];
      for (const { data } of written) ends.push((ends.at(-1) ?? 0) + 16 + data.length);
      const pcap = readPcap(whole.subarray(0, length));
      const complete = ends.filter((end) => end <= length).length - 1;
      return [...pcap.records()].length === complete && pcap.truncated === !ends.includes(length);
    }),
  );
  t.pass('at a hundred places');
});

t.test('records can be read twice, and a view on a larger buffer is read from its own beginning', async (t) => {
  const file = writePcap([{ seconds: 1, fraction: 2, data: Uint8Array.of(1, 2, 3), originalLength: 1500 }], {
    littleEndian: true,
    nanoseconds: false,
    linkType: 1,
  });
  const shifted = new Uint8Array(file.length + 5);
  shifted.set(file, 5);
  const pcap = readPcap(shifted.subarray(5));
  for (const _ of [1, 2]) t.same([...pcap.records()], [{ timestampUs: 1_000_002, data: Uint8Array.of(1, 2, 3), originalLength: 1500 }]);
});

t.test('what is no pcap file is refused, with where and why', async (t) => {
  const header = writePcap([], { littleEndian: true, nanoseconds: false, linkType: 1 });
  const version1 = Uint8Array.from(header);
  version1[4] = 1;
  const damaged = writePcap([{ seconds: 0, fraction: 0, data: new Uint8Array(4) }], {
    littleEndian: true,
    nanoseconds: false,
    linkType: 1,
  });
  damaged[24 + 11] = 0x7f;
  const cases: readonly (readonly [bytes: Uint8Array, message: RegExp])[] = [
    [new Uint8Array(0), /^byte 0: the capture is empty/],
    [header.subarray(0, 20), /^byte 20: the file header/],
    [Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0), /^byte 0: this is a pcapng file/],
    [Buffer.from('<html>'), /^byte 0: 0x3c68746d is not the beginning/],
    [version1, /^byte 4: pcap version 1/],
    [damaged, /^byte 24: packet 1 says that it holds 2130706436 bytes/],
  ];
  for (const [bytes, message] of cases) t.throws(() => readPcap(bytes), { name: 'UnreadableError', message });
});

t.test('a capture that tcpdump wrote is read, and a link type that is not known is refused', async (t) => {
  const pcap = readPcap(fixture('nat/router.pcap'));
  t.equal(pcap.linkType, 276);
  t.equal(pcap.snapLength, 96);
  t.equal(pcap.truncated, false);
  t.equal([...pcap.records()].length, 44);
  const wifi = readPcap(writePcap([], { littleEndian: true, nanoseconds: false, linkType: 105 }));
  t.throws(() => decodePackets(wifi), { name: 'UnreadableError', message: /link type 105/ });
});
