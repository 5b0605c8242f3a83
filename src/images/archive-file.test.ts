import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type ArchiveIndex, encodeIndex, endOfTar, padding, pieces, readIndex, tarHeader } from './archive-file.js';

const index: ArchiveIndex = {
  apiVersion: 'svclab/v2',
  kind: 'ImageArchive',
  machine: 'x64',
  sha256: '0'.repeat(64),
  bytes: 0,
  images: [{ name: 'one', tags: ['one:1'], recipe: 'r', content: 'c' }],
  programs: [{ name: 'kind', recipe: 'r', sha256: 's', start: 512, bytes: 3 }],
};

async function endOf(file: string): Promise<number> {
  const handle = await open(file);
  try {
    return await endOfTar(handle);
  } finally {
    await handle.close();
  }
}

/** A tar by tar(1), cut at its end, with one more entry and the index. */
async function archive(t: Test, written: ArchiveIndex = index): Promise<{ readonly file: string; readonly end: number }> {
  const file = join(t.testdir({ in: { a: 'x'.repeat(513), b: '' } }), 'archive.tar');
  execFileSync('tar', ['--create', '--format=ustar', '--file', file, '--directory', join(file, '../in'), 'a', 'b']);
  const end = await endOf(file);
  truncateSync(file, end);
  appendFileSync(file, Buffer.concat([tarHeader('svclab/kind', 3), Buffer.from('abc'), padding(3), encodeIndex(written)]));
  return { file, end };
}

t.test('tar(1) reads what was written after the end of its own', async (t) => {
  const { file, end } = await archive(t);
  t.equal(end, 512 + 1024 + 512);
  const folder = join(file, '../out');
  mkdirSync(folder);
  const names = execFileSync('tar', ['--extract', '--verbose', '--file', file, '--directory', folder], { encoding: 'utf8' })
    .trim()
    .split('\n');
  t.match(names, ['a', 'b', 'svclab/kind', /^svclab\/index-[0-9a-f]{64}\.json$/]);
  t.equal(readFileSync(join(folder, 'svclab/kind'), 'utf8'), 'abc');
  t.strictSame(JSON.parse(readFileSync(join(folder, names[3] ?? ''), 'utf8')), index);
  t.equal(await endOf(file), readFileSync(file).length - 1024, 'and the walk over its headers ends where it does');
});

t.test('the index is found from the end', async (t) => {
  const { file } = await archive(t);
  t.strictSame(await readIndex(file), index);
});

t.test('what is no archive, a part of one, a damaged or another one', async (t) => {
  const { file } = await archive(t);
  const whole = readFileSync(file);
  const folder = t.testdir({ short: 'x', empty: '' });
  const no = (name: string) => ({ name: 'UsageError', message: `${name} is no archive of svclab's images, or its end is missing` });
  for (const name of ['short', 'empty']) await t.rejects(readIndex(join(folder, name)), no(join(folder, name)));
  await t.rejects(readIndex(join(folder, 'none')), { message: `${join(folder, 'none')} is not there` });
  await t.rejects(readIndex(folder), { message: `${folder} is a folder` });
  writeFileSync(file, whole.subarray(0, -1));
  await t.rejects(readIndex(file), no(file));
  const at = whole.length - 1024 - 64 * 1024;
  for (const position of [at, at + 100, whole.length - 1025]) {
    const flipped = Buffer.from(whole);
    flipped[position] = (flipped[position] ?? 0) ^ 1;
    writeFileSync(file, flipped);
    await t.rejects(readIndex(file), { message: `${file} is damaged: its index is not as it was written` }, `byte ${position}`);
  }
  const later = await archive(t, { ...index, apiVersion: 'svclab/v3' as 'svclab/v2' });
  await t.rejects(readIndex(later.file), {
    message: `${later.file} was written by another version of svclab (svclab/v3, and this one reads svclab/v2)`,
  });
});

t.test('what is no tar, or has no end, has no end to write after', async (t) => {
  const folder = t.testdir({ text: 'x'.repeat(2000), cut: '' });
  await t.rejects(endOf(join(folder, 'text')), { message: 'this is no tar' });
  writeFileSync(join(folder, 'cut'), tarHeader('a', 10_000));
  await t.rejects(endOf(join(folder, 'cut')), { message: 'the tar has no end' });
});

t.test('pieces of a file, down to none', async (t) => {
  const file = join(t.testdir({ file: '0123456789' }), 'file');
  const read = async (start: number, end: number): Promise<string> => {
    const parts: Buffer[] = [];
    for await (const piece of pieces(file, start, end)) parts.push(piece);
    return Buffer.concat(parts).toString();
  };
  t.equal(await read(2, 5), '234');
  t.equal(await read(3, 3), '');
  t.equal(await read(8, Number.POSITIVE_INFINITY), '89');
});
