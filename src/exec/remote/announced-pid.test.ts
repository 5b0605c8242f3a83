import { spawn } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import t from 'tap';
import { announced } from './announced-pid.js';

async function all(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

t.test('the pid of the command itself, and only what it says', async (t) => {
  const { argv, listen } = announced(['sh', '-c', 'echo "$$ $1" >&2; echo é >&2', 'name', 'a b']);
  const child = spawn(argv[0] ?? '', argv.slice(1));
  const { pid, rest } = listen(child.stderr);
  t.equal(await pid, String(child.pid));
  t.equal(await all(rest), `${child.pid} a b\né\n`);
});

t.test('in whatever pieces it comes, and with words of others before it', async (t) => {
  const { argv, listen } = announced(['true']);
  const mark = argv[3] ?? '';
  const bytes = Buffer.from(`Warning: é\n${mark} 42\nlistening on any\nword ${mark} 43\n`);
  for (const size of [1, 7, bytes.length]) {
    const stderr = new PassThrough();
    const { pid, rest } = listen(stderr);
    for (let at = 0; at < bytes.length; at += size) stderr.write(bytes.subarray(at, at + size));
    stderr.end();
    t.equal(await pid, '42');
    t.equal(await all(rest), `Warning: é\nlistening on any\nword ${mark} 43\n`);
  }
});

t.test('where it ends without a pid, what was said instead is kept', async (t) => {
  const stderr = new PassThrough();
  const { pid, rest } = announced(['true']).listen(stderr);
  stderr.end('sh: not found');
  t.equal(await pid, undefined);
  t.equal(await all(rest), 'sh: not found');
});
