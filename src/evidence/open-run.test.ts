import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { exitCodes } from '../core/errors.js';
import { digestText } from './manifest.js';
import { openRun } from './open-run.js';
import { createRunFolder } from './run-folder.js';
import { runRecord } from './testing/run-record.js';

async function sealedRun(t: Test): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'svclab-open-'));
  t.teardown(() => rm(root, { recursive: true }));
  const folder = await createRunFolder(root, 'clusterip', new Date());
  await folder.write('tables/worker.xml', 'table');
  await folder.write('captures/wire.pcap', 'capture');
  await folder.write('answers.json', 'answers');
  await folder.seal(runRecord());
  return folder.path;
}

/** Changes the manifest as someone with an editor would. */
async function edit(folder: string, change: (text: string) => string): Promise<void> {
  const path = join(folder, 'manifest.json');
  await writeFile(path, change(await readFile(path, 'utf8')));
}

t.test('every file that was changed or removed is named, with both digests', async (t) => {
  const folder = await sealedRun(t);
  await appendFile(join(folder, 'captures/wire.pcap'), '!');
  await writeFile(join(folder, 'answers.json'), 'ANSWERS');
  await rm(join(folder, 'tables/worker.xml'));
  const failure = await openRun(folder).catch((error: unknown) => error);
  t.match(failure, { name: 'EnvironmentError', exitCode: exitCodes.environment, hint: /run the lab again/ });
  t.equal(
    failure instanceof Error && failure.message,
    [
      `the evidence in ${folder} is not what was sealed:`,
      `  answers.json: expected sha256 ${digestText('answers')} (7 bytes), found ${digestText('ANSWERS')} (7 bytes)`,
      `  captures/wire.pcap: expected sha256 ${digestText('capture')} (7 bytes), found ${digestText('capture!')} (8 bytes)`,
      `  tables/worker.xml: expected sha256 ${digestText('table')}, found no such file`,
    ].join('\n'),
  );
});

t.test('a file that the run did not make is noted, and not read', async (t) => {
  const folder = await sealedRun(t);
  await writeFile(join(folder, 'captures/mine.pcap'), '');
  const run = await openRun(folder);
  t.same(run.unlisted, ['captures/mine.pcap']);
  t.throws(() => run.reader.read('captures/mine.pcap'), { name: 'UnreadableError' });
});

t.test('a manifest that is wrong is refused, and says where', async (t) => {
  const cases: readonly (readonly [change: (text: string) => string, message: RegExp])[] = [
    [(text) => text.slice(0, 100), /manifest\.json is not JSON/],
    [(text) => text.replace('svclab-run/v1', 'svclab-run/v2'), /is of format 'svclab-run\/v2', and this svclab reads 'svclab-run\/v1'/],
    [() => '[]', /is not a manifest of a run:\n {2}\(the whole file\)/],
    [(text) => text.replace('"requests": 300', '"requests": "300"'), /\n {2}requests: /],
    [(text) => text.replace('"cluster"', '"colour"'), /\n {2}cluster: [\s\S]*colour/],
    [(text) => text.replace('"attempt": 1', '"attempt": 0'), /\n {2}observations\.0\.attempt: /],
    [(text) => text.replace('node/myk8s-worker', 'nowhere'), /\n {2}observations\.0\.parts\.0\.place: /],
    [(text) => text.replace('"answers.json"', '"../answers.json"'), /\n {2}files\.\.\.\/answers\.json: not a path inside|\n {2}files.*: /],
    [(text) => text.replace(digestText('answers'), 'abc'), /\n {2}files\.answers\.json\.sha256: not a sha256/],
  ];
  for (const [change, message] of cases) {
    const folder = await sealedRun(t);
    await edit(folder, change);
    await t.rejects(openRun(folder), { name: 'EnvironmentError', message });
  }
});

t.test('a folder that holds no sealed run is wrong usage', async (t) => {
  const folder = await sealedRun(t);
  await rm(join(folder, 'manifest.json'));
  for (const path of [folder, join(folder, 'missing'), join(folder, 'answers.json')]) {
    await t.rejects(openRun(path), { name: 'UsageError', message: /is not the folder of a finished run/ });
  }
});
