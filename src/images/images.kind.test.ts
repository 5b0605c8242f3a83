import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { loadImages, saveImages } from './archive.js';
import { readIndex } from './archive-file.js';
import { buildImages } from './build.js';
import { imageStates, softwareOf } from './engine.js';
import { programStates } from './programs.js';
import { smallShop } from './testing/shop.js';

const tag = `run${process.pid}`;
const tags = ['hello', 'again', 'outer'].map((name) => `svclab-test/${name}:${tag}`);

t.setTimeout(300_000);
t.teardown(() => removeImages());

t.test('built, listed, saved, lost, loaded, and damaged on the way', { timeout: 120_000 }, async (t) => {
  const shop = smallShop(t, tag);
  const file = join(shop.source.root, 'all.tar');
  const states = async () => [...(await imageStates(shop)), ...(await programStates(shop))].map(({ state }) => state);
  t.strictSame(await states(), ['missing', 'missing', 'missing']);
  await t.rejects(saveImages(shop, file), { message: 'not there to be saved: hello (missing), outer (missing), hello (missing)' });

  t.strictSame(await buildImages(shop), { built: ['hello', 'hello', 'outer'], upToDate: [] });
  t.strictSame(await states(), ['current', 'current', 'current']);
  t.match(
    shop.heard.join('\n'),
    /^\+ hello: compiling\n- hello\n\+ image hello: building\n- image hello\n\+ image outer: building\n- image outer$/,
  );
  t.match(await softwareOf(shop, tags[0] ?? ''), /^go \d+\.\d+\S*\n$/);
  t.equal(execFileSync(join(shop.tools, 'hello'), { stdio: 'pipe' }).length, 0, 'it says hello on stderr');
  t.strictSame(await buildImages(shop), { built: [], upToDate: ['hello', 'outer'] }, 'and nothing is done twice');

  await saveImages(shop, file);
  t.strictSame(readdirSync(shop.source.root).sort(), ['all.tar', 'bin', 'cache', 'images'], 'no part is left');
  t.ok(execFileSync('tar', ['--list', '--file', file], { encoding: 'utf8' }).includes('svclab/hello\n'), 'it is a plain tar');
  const before = await imageStates(shop);

  removeImages();
  writeFileSync(join(shop.tools, 'hello'), 'something else');
  t.strictSame(await states(), ['missing', 'missing', 'outdated']);
  await loadImages(shop, file);
  t.strictSame(await states(), ['current', 'current', 'current']);
  t.strictSame(
    (await imageStates(shop)).map(({ image }) => image?.content),
    before.map(({ image }) => image?.content),
  );
  t.ok(statSync(join(shop.tools, 'hello')).mode & 0o100);

  removeImages();
  const index = await readIndex(file);
  for (const at of [600, Math.floor(index.bytes / 2), index.programs[0]?.start ?? 0, index.bytes - 1]) {
    await flip(file, at);
    await t.rejects(loadImages(shop, file), { message: `${file} is damaged: what its index names is not as it was written` }, `byte ${at}`);
    await flip(file, at);
  }
  await flip(file, index.bytes + 700);
  await t.rejects(loadImages(shop, file), { message: `${file} is damaged: its index is not as it was written` });
  await flip(file, index.bytes + 700);
  t.strictSame(await states(), ['missing', 'missing', 'current'], 'the engine was given nothing of it');
  await loadImages(shop, file);
  truncateSync(file, index.bytes);
  await t.rejects(loadImages(shop, file), { message: `${file} is no archive of svclab's images, or its end is missing` });
});

t.test('an archive of other recipes is loaded, and that is said', async (t) => {
  const shop = smallShop(t, tag);
  const file = join(shop.source.root, 'all.tar');
  await buildImages(shop);
  await saveImages(shop, file);
  writeFileSync(join(shop.source.root, 'images/outer/more.txt'), 'more');
  await loadImages(shop, file);
  t.match(
    shop.heard.find((line) => line.startsWith('= ')),
    /^= made from other recipes .*: outer\. /,
  );
  const more = {
    ...shop,
    source: { ...shop.source, recipes: [...shop.source.recipes, { name: 'third', folder: 'outer', tags: ['third:1'], parts: [] }] },
  };
  await t.rejects(loadImages(more, file), { message: `${file} lacks images that this version of svclab needs: third` });
  const other = { ...shop, source: { ...shop.source, machine: 'riscv64' } };
  await t.rejects(loadImages(other, file), { message: new RegExp(`for another kind of machine: ${process.arch}, and this is riscv64`) });
});

t.test('an image whose recipe changed takes the place of the old one, which goes', async (t) => {
  const shop = smallShop(t, tag);
  await buildImages(shop);
  const old = (await imageStates(shop))[1]?.image?.id ?? '';
  writeFileSync(join(shop.source.root, 'images/outer/more.txt'), 'more');
  writeFileSync(
    join(shop.source.root, 'images/outer/Dockerfile'),
    `${readFileSync(join(shop.source.root, 'images/outer/Dockerfile'), 'utf8')}COPY more.txt /\n`,
  );
  t.strictSame(
    (await imageStates(shop)).map(({ state }) => state),
    ['current', 'outdated'],
  );
  t.strictSame(await buildImages(shop), { built: ['outer'], upToDate: ['hello'] });
  t.throws(() => execFileSync('docker', ['image', 'inspect', old], { stdio: 'pipe' }), /No such image/i);
});

t.test('what the engine refuses is told in its words, and nothing is left', async (t) => {
  const shop = smallShop(t, tag);
  writeFileSync(join(shop.source.root, 'images/outer/Dockerfile'), 'FROM scratch\nCOPY nothing /\n');
  await t.rejects(buildImages(shop), { message: /'docker build --quiet \.\.\.' failed.*nothing/s });
  t.notOk(
    readdirSync(shop.cache).some((name) => name.startsWith('.')),
    'no work folder',
  );
  t.notOk(existsSync(join(shop.source.root, 'all.tar')));
});

function removeImages(): void {
  for (const tag of tags) {
    try {
      execFileSync('docker', ['image', 'rm', tag], { stdio: 'pipe' });
    } catch (error) {
      if (!/no such image/i.test(String(error))) throw error;
    }
  }
}

async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  } finally {
    await handle.close();
  }
}
