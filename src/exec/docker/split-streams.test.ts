import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import t from 'tap';
import { splitStreams } from './split-streams.js';

interface Frame {
  readonly type: 1 | 2;
  readonly content: Uint8Array;
}

function written({ type, content }: Frame): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

const frame: fc.Arbitrary<Frame> = fc.record({ type: fc.constantFrom(1, 2), content: fc.uint8Array({ maxLength: 40 }) });

t.test('both streams come out as they went in, wherever the connection cuts them', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 20 }), fc.array(fc.nat(30), { minLength: 1, maxLength: 20 }), async (frames, cuts) => {
      const [connection, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
      splitStreams(connection, stdout, stderr);
      const heard = Promise.all([buffer(stdout), buffer(stderr)]);
      const all = Buffer.concat(frames.map(written));
      for (let at = 0, turn = 0; at < all.length; turn++) {
        const end = at + 1 + (cuts[turn % cuts.length] ?? 0);
        connection.write(all.subarray(at, end));
        at = end;
      }
      connection.end();
      connection.once('end', () => {
        stdout.end();
        stderr.end();
      });
      const of = (wanted: 1 | 2): Buffer => Buffer.concat(frames.filter(({ type }) => type === wanted).map(({ content }) => content));
      const [out, err] = await heard;
      return out.equals(of(1)) && err.equals(of(2));
    }),
  );
  t.pass('for a hundred connections');
});

t.test('a long frame comes out piece by piece, before its end has come', async (t) => {
  const [connection, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  splitStreams(connection, stdout, stderr);
  connection.write(written({ type: 1, content: Buffer.alloc(1000, 'a') }).subarray(0, 108));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(stdout.read().toString(), 'a'.repeat(100));
  t.equal(stderr.read(), null);
});
