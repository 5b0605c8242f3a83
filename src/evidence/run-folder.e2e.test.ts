import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runPrivately } from './testing/namespace.js';

/** Runs `body` with `folder`, a run's folder under ./runs, where a file system of the script's choice is mounted. */
async function runOn(t: Test, mount: string, body: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'svclab-disk-'));
  t.teardown(() => rm(root, { recursive: true }));
  const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const program = `
import { createRunFolder } from ${url('./run-folder.js')};
import { runRecord } from ${url('./testing/run-record.js')};
try {
  const folder = await createRunFolder('runs', 'clusterip', new Date());
  ${body}
} catch (error) {
  console.log(error.name, error.exitCode, error.message, '|', error.hint);
}`;
  await writeFile(join(root, 'program.mjs'), program);
  const ended = await runPrivately(`mkdir runs\n${mount}\nnode program.mjs\nls -A runs/*/`, root);
  return ended.stdout + ended.stderr;
}

t.test('a full disk is an environment error, and leaves no half-written file', async (t) => {
  const seen = await runOn(
    t,
    'mount -t tmpfs -o size=64k tmpfs runs',
    "await folder.write('small', 'x'); await folder.write('large', new Uint8Array(1_000_000));",
  );
  t.match(
    seen,
    /^EnvironmentError 4 the run's folder \S*runs\/\S+ cannot be written: no space is left on its disk \(ENOSPC\) \| free some space/,
  );
  t.equal(seen.split('\n').slice(1).join(' ').trim(), 'small');
});

t.test('a disk that fills up before the end is an environment error too', async (t) => {
  const seen = await runOn(
    t,
    'mount -t tmpfs -o size=16k tmpfs runs',
    "await folder.write('a', new Uint8Array(15_000)); await folder.seal(runRecord());",
  );
  t.match(seen, /^EnvironmentError 4 .*ENOSPC/);
  t.notMatch(seen, /manifest/);
});

t.test('a read-only file system is an environment error that says so', async (t) => {
  const seen = await runOn(t, 'mount -t tmpfs -o ro tmpfs runs', 'throw new Error(folder.path);');
  t.match(
    seen,
    /^EnvironmentError 4 the run's folder \S*runs cannot be written: its file system is read-only \(EROFS\) \| choose a folder/,
  );
});
