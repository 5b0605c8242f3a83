import { constants } from 'node:os';
import t from 'tap';
import { MessageWriter, readAcknowledgements } from './message-writer.js';
import { readMessages } from './testing/read-messages.js';

t.test('attributes hold values and others, each on a multiple of four bytes', async (t) => {
  // Less room than is needed: what was written before stays.
  const writer = new MessageWriter(8);
  writer.begin(0x0a03, 0x400, 2);
  writer.text(1, 'café');
  const outer = writer.open(2);
  const inner = writer.open(3);
  writer.number(4, 0xfffffffd);
  writer.bytes(5, Uint8Array.of(6));
  writer.close(inner);
  writer.close(outer);
  writer.end();
  t.same(readMessages(writer.take()), [
    {
      type: 0x0a03,
      flags: 0x401,
      sequence: 1,
      attributes: [
        { type: 1, value: `${Buffer.from('café').toString('hex')}00` },
        {
          type: 2,
          value: [
            {
              type: 3,
              value: [
                { type: 4, value: 'fffffffd' },
                { type: 5, value: '06' },
              ],
            },
          ],
        },
      ],
    },
  ]);
});

t.test('what is taken is no longer written to, and the next message is the first again', async (t) => {
  const writer = new MessageWriter(1_000);
  for (const type of [16, 17]) {
    writer.begin(type, 0, 0, 10);
    writer.end();
  }
  writer.acknowledge();
  t.equal(writer.length, 40);
  const first = writer.take();
  const kept = first.toString('hex');
  t.equal(writer.length, 0);
  writer.begin(18, 0, 0);
  writer.end();
  t.equal(first.toString('hex'), kept);
  t.match(readMessages(first), [
    { type: 16, flags: 1, sequence: 1 },
    { type: 17, flags: 5, sequence: 2 },
  ]);
  t.equal(first.readUInt16BE(18), 10, 'the subsystem that a batch is for');
  t.match(readMessages(writer.take()), [{ type: 18, sequence: 1 }]);
});

t.test('acknowledgements are read, each with its error; other messages are not one', async (t) => {
  const answer = (type: number, sequence: number, error: number, rest = 20): Buffer => {
    const bytes = Buffer.alloc(16 + 4 + rest);
    bytes.writeUInt32LE(bytes.length, 0);
    bytes.writeUInt16LE(type, 4);
    bytes.writeUInt32LE(sequence, 8);
    bytes.writeInt32LE(error, 16);
    return bytes;
  };
  const { ENOENT } = constants.errno;
  t.same(readAcknowledgements(Buffer.concat([answer(2, 7, -ENOENT, 33), Buffer.alloc(3), answer(3, 8, 0), answer(2, 9, 0)])), [
    { sequence: 7, errno: ENOENT },
    { sequence: 9, errno: 0 },
  ]);
  t.same(readAcknowledgements(Buffer.alloc(12)), []);
});
