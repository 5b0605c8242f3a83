import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { EnvironmentError, exitCodes } from '../core/errors.js';
import { openRun } from './open-run.js';
import { createRunFolder } from './run-folder.js';
import { runRecord } from './testing/run-record.js';
import { writeFailure } from './write-failure.js';

const now = new Date('2025-01-02T03:04:05.678Z');

async function newRoot(t: Test): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'svclab-run-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  return root;
}

t.test('a run is written, sealed and opened again', async (t) => {
  const root = await newRoot(t);
  const folder = await createRunFolder(join(root, 'runs'), 'clusterip', now);
  t.match(basename(folder.path), /^2025-01-02T03-04-05-clusterip-[0-9a-f]{6}$/);
  await folder.write('tables/before/worker.xml', 'first');
  await folder.write('tables/before/worker.xml', '<conntrack/>');
  await folder.write('answers.json', Uint8Array.of(1, 2, 3));
  await writeFile(await folder.pathFor('captures/wire.pcap'), 'written by another process');
  await folder.pathFor('captures/never.pcap');
  await folder.seal(runRecord());

  const run = await openRun(folder.path);
  t.same(Object.keys(run.manifest.files), ['answers.json', 'captures/wire.pcap', 'tables/before/worker.xml']);
  t.same(run.manifest.files['answers.json'], { bytes: 3, sha256: '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81' });
  const { format, files: _, ...record } = run.manifest;
  t.equal(format, 'svclab-run/v1');
  t.same(record, runRecord());
  t.same(run.unlisted, []);
  t.equal(Buffer.from(run.reader.read('tables/before/worker.xml')).toString(), '<conntrack/>');
  t.equal(Buffer.from(folder.reader().read('captures/wire.pcap')).toString(), 'written by another process');
  t.throws(() => run.reader.read('captures/never.pcap'), { name: 'UnreadableError', message: /does not list/ });
  t.throws(() => folder.reader().read('captures/never.pcap'), { name: 'UnreadableError', message: /ENOENT/ });
});

t.test('all that another program leaves in a folder of the run is part of it', async (t) => {
  const folder = await createRunFolder(await newRoot(t), 'clusterip', now);
  const logs = await folder.folderFor('cluster-logs');
  t.equal(logs, join(folder.path, 'cluster-logs'));
  await mkdir(join(logs, 'node'));
  await writeFile(join(logs, 'node', 'kubelet.log'), 'a log');
  await folder.seal(runRecord());
  const run = await openRun(folder.path);
  t.same(Object.keys(run.manifest.files), ['cluster-logs/node/kubelet.log']);
  t.same(run.unlisted, []);
});

t.test('nothing half-written stays behind, and latest points to the last run sealed', async (t) => {
  const root = await newRoot(t);
  for (const id of ['one', 'two']) {
    const folder = await createRunFolder(root, id, now);
    await folder.write('a.txt', 'a');
    await folder.seal(runRecord());
    t.same((await readdir(folder.path)).sort(), ['a.txt', 'manifest.json']);
    t.equal(await readlink(join(root, 'latest')), basename(folder.path));
  }
  t.equal((await readdir(root)).length, 3);
});

t.test("a folder of the user's own that is named latest is left alone", async (t) => {
  const root = await newRoot(t);
  await mkdir(join(root, 'latest'));
  const folder = await createRunFolder(root, 'clusterip', now);
  await folder.seal(runRecord());
  t.same((await readdir(root)).sort(), [basename(folder.path), 'latest'].sort());
  t.equal((await openRun(folder.path)).manifest.cluster, 'netns');
});

t.test('runs that begin at the same moment never share a folder', async (t) => {
  const root = await newRoot(t);
  const folders = await Promise.all(Array.from({ length: 50 }, () => createRunFolder(root, 'clusterip', now)));
  t.equal(new Set(folders.map((folder) => folder.path)).size, 50);
});

t.test('a run that stopped early is sealed with what there is', async (t) => {
  const folder = await createRunFolder(await newRoot(t), 'clusterip', now);
  await folder.seal(runRecord({ observations: [], verdicts: [] }));
  const run = await openRun(folder.path);
  t.same(run.manifest.files, {});
});

t.test('no name leads out of the folder', async (t) => {
  const folder = await createRunFolder(await newRoot(t), 'clusterip', now);
  for (const name of ['../x', '/etc/x', 'a/../../x', 'a//b', '', '.', 'a/', 'a\\b', 'a\nb', 'manifest.json']) {
    await t.rejects(folder.write(name, ''), /cannot be the name of a file of evidence/, JSON.stringify(name));
  }
  for (const id of ['../x', 'a/b', '', '..']) await t.rejects(createRunFolder(folder.path, id, now), /cannot be part/, JSON.stringify(id));
});

t.test('what could not be opened again is not sealed', async (t) => {
  const folder = await createRunFolder(await newRoot(t), 'clusterip', now);
  await t.rejects(folder.seal(runRecord({ startedAt: 'yesterday' })), /startedAt/);
  await t.rejects(readFile(join(folder.path, 'manifest.json')), { code: 'ENOENT' });
});

t.test('a root that cannot be made is an environment error that names it', async (t) => {
  const file = join(await newRoot(t), 'file');
  await writeFile(file, '');
  const failure = await createRunFolder(join(file, 'runs'), 'clusterip', now).catch((error: unknown) => error);
  t.ok(failure instanceof EnvironmentError);
  t.match(failure, { exitCode: exitCodes.environment, message: `${file}/runs cannot be written: a file is where`, hint: /--out/ });
});

t.test('a folder that is gone is not made again', async (t) => {
  const folder = await createRunFolder(await newRoot(t), 'clusterip', now);
  await folder.write('kept/a.txt', 'a');
  await rm(folder.path, { recursive: true });
  for (const attempt of [() => folder.write('a.txt', ''), () => folder.write('sub/a.txt', ''), () => folder.seal(runRecord())]) {
    await t.rejects(attempt(), { name: 'EnvironmentError', message: /it is gone \(ENOENT\)/ });
  }
});

t.test('every reason a write fails for says what to do', async (t) => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM']) {
    const failure = writeFailure('/runs/x', Object.assign(new Error('write failed'), { code }));
    t.match(failure, {
      exitCode: exitCodes.environment,
      message: new RegExp(`^the run's folder /runs/x cannot be written: .*\\(${code}\\)$`),
    });
    t.match(failure.hint, /--out/);
  }
  t.match(writeFailure('/runs/x', new Error('EIO: i/o error')), { message: /EIO: i\/o error/, hint: /--out/ });
});
