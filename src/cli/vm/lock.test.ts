import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { lockVm } from './lock.js';

t.test('a second run is refused while the first one lives, and named', async (t) => {
  const folder = t.testdir();
  const file = join(folder, 'notes', 'lock');
  const first = await lockVm(file);
  await t.rejects(lockVm(file), {
    name: 'UsageError',
    message: 'another run is under way in this VM',
    hint: new RegExp(`process ${process.pid}$`),
  });
  await first[Symbol.asyncDispose]();
  const again = await lockVm(file);
  await again[Symbol.asyncDispose]();
  t.same(await readdir(join(folder, 'notes')), [], 'nothing stays');
});

t.test('of many that come at once, one gets it', async (t) => {
  const file = join(t.testdir(), 'lock');
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => lockVm(file)));
  t.equal(all.filter(({ status }) => status === 'fulfilled').length, 1);
});

t.test('a note whose process is gone, or that is none, counts for nothing', async (t) => {
  const self: unknown = JSON.parse(await noted(t.testdir()));
  t.match(self, { pid: process.pid });
  // A number that is in use, by a process that was started at another time.
  for (const text of ['{"pid": 1, "startedAt": 123456789012}', '{"pid": 4194304, "startedAt": null}', '{"pid"', '']) {
    const file = join(t.testdir(), 'lock');
    await writeFile(file, text);
    const taken = await lockVm(file);
    t.match(JSON.parse(await readFile(file, 'utf8')), { pid: process.pid }, text);
    await taken[Symbol.asyncDispose]();
  }
  const file = join(t.testdir(), 'lock');
  await writeFile(file, `{"pid": ${process.pid}, "startedAt": null}`);
  await t.rejects(lockVm(file), { name: 'UsageError' }, 'without /proc, the number must do');
});

async function noted(folder: string): Promise<string> {
  const file = join(folder, 'lock');
  const lock = await lockVm(file);
  const text = await readFile(file, 'utf8');
  await lock[Symbol.asyncDispose]();
  return text;
}

t.test('a folder that cannot be written is told in words', async (t) => {
  const file = join(t.testdir({ file: '' }), 'file', 'lock');
  await t.rejects(lockVm(file), { message: /ENOTDIR|not a directory|cannot be written/ });
});
