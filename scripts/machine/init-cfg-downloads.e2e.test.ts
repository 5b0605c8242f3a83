import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { makeToyMachine, sha256 } from './testing/toy-machine.js';

const kind = '#!/bin/sh\necho "kind v0.24.0 go1.22.6 linux/amd64"\n';

t.test('a digest that does not match: thrown away, and nothing is installed', async (t) => {
  const machine = await makeToyMachine(t);
  await machine.offer('kind', 'v0.24.0', kind);
  const other = `${kind}# and a line more\n`;
  await machine.write('mirror/toys/kind', other);
  const { exitCode, stderr } = await machine.run(['--only', 'kind']);
  t.equal(exitCode, 4);
  t.match(stderr, `its SHA-256 is ${sha256(other)}, pinned is ${sha256(kind)}`);
  t.strictSame(await machine.list('usr-local/bin'), []);
});

t.test('a digest that nobody has established: nothing is fetched, and it says how to pin', async (t) => {
  const machine = await makeToyMachine(t);
  for (const pins of ['kubectl v1.31.0 amd64 sha256 - https://toys/kubectl\n', 'kubectl v1.31.0 riscv64 sha256 0 https://toys/kubectl\n']) {
    await machine.write('checkout/scripts/machine/pins.txt', pins);
    const { exitCode, stderr } = await machine.run(['--only', 'kubectl']);
    t.equal(exitCode, 3);
    t.match(stderr, /no digest of kubectl v1\.31\.0 for amd64 is pinned.*scripts\/machine\/pins\.txt/);
  }
});

t.test('the network is lost in the middle of a download: nothing is installed, and the next run goes on', async (t) => {
  const machine = await makeToyMachine(t);
  await machine.offer('kind', 'v0.24.0', kind);
  let whole = false;
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': kind.length });
    if (whole) response.end(kind);
    else response.write(kind.slice(0, 10), () => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => server.close());
  const env = { SVCLAB_MIRROR: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const { exitCode, stderr } = await machine.run(['--only', 'kind'], { env });
  t.equal(exitCode, 4);
  t.match(stderr, /step kind failed: kind could not be downloaded: the network was lost/);
  t.strictSame(await machine.list('usr-local/bin'), []);
  whole = true;
  t.equal((await machine.run(['--only', 'kind'], { env })).exitCode, 0);
});

t.test('a full disk', async (t) => {
  const machine = await makeToyMachine(t);
  await machine.offer('kind', 'v0.24.0', `${kind}${'#'.repeat(200_000)}\n`);
  const { exitCode, stderr } = await machine.run(['--only', 'kind'], { before: 'mount -t tmpfs -o size=64k tmpfs /usr/local' });
  t.equal(exitCode, 4);
  t.match(stderr, 'the disk is full');
});

t.test('--offline: verified as a whole before anything is taken from it', async (t) => {
  const machine = await makeToyMachine(t);
  await machine.write('checkout/scripts/machine/pins.txt', 'kind v0.24.0 amd64 sha256 - https://x\n');
  const forThis = 'svclab-offline/v1 debian 13 amd64\n';
  const fails = async (t: Test, files: Readonly<Record<string, string>>, sums: string, code: number, says: string | RegExp) => {
    for (const [file, text] of Object.entries(files)) await machine.write(`off/${file}`, text);
    await machine.write('off/SHA256SUMS', sums);
    const { exitCode, stderr } = await machine.run(['--only', 'kind', '--offline', `${machine.path}/off`]);
    t.equal(exitCode, code, stderr);
    t.match(stderr, says);
    t.strictSame(await machine.list('usr-local/bin'), []);
  };
  const line = (file: string, text: string) => `${sha256(text)}  ${file}\n`;
  const files = { FOR: forThis, 'bin/kind': kind };
  await fails(t, files, line('FOR', forThis) + line('bin/kind', 'another'), 4, /is not what its SHA256SUMS says.*bin\/kind: FAILED/);
  await fails(t, files, line('FOR', forThis), 4, 'holds files that its SHA256SUMS does not name: bin/kind');
  await fails(t, files, 'no sums\n', 4, 'is not what its SHA256SUMS says');
  await fails(t, files, line('FOR', forThis) + line('bin/kind', kind) + line('bin/gone', ''), 4, 'bin/gone');
  const other = 'svclab-offline/v1 debian 12 amd64\n';
  await fails(t, { FOR: other }, line('FOR', other) + line('bin/kind', kind), 3, "is for 'svclab-offline/v1 debian 12 amd64'");
  await machine.write('off/FOR', forThis);
  await machine.write('off/SHA256SUMS', line('FOR', forThis) + line('bin/kind', kind));
  const { exitCode, stderr } = await machine.run(['--only', 'kind', '--offline', `${machine.path}/off`]);
  t.equal(exitCode, 0, stderr);
  t.equal(await machine.read('usr-local/bin/kind'), kind);
  const packages = await machine.run(['--only', 'tools', '--offline', `${machine.path}/off`]);
  t.equal(packages.exitCode, 3);
  t.match(packages.stderr, 'holds no packages');
});
