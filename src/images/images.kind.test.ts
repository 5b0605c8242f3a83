import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { loadImages, saveImages } from './archive.js';
import { readIndex } from './archive-file.js';
import { buildImages } from './build.js';
import { imageStates, softwareOf } from './engine.js';
import { programStates } from './programs.js';
import type { Artifact, Recipe } from './recipe.js';
import { smallShop } from './testing/shop.js';

const tag = `run${process.pid}`;
const packedTag = `svclab-test/packed:${tag}`;
const tags = ['hello', 'again', 'outer', 'packed'].map((name) => `svclab-test/${name}:${tag}`);

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

t.test('images that are unpacked by a container of the first stage; of a container that failed nothing is left', async (t) => {
  const shop = packingShop(t, 'if _, err := os.Stat("/scratch/images.tar"); err != nil { panic(err) }; pack()');
  t.strictSame((await buildImages(shop)).built.slice(-1), ['packed']);
  const container = docker('create', packedTag, 'never-started').trim();
  t.teardown(() => docker('rm', container));
  t.match(docker('cp', `${container}:/kind/packed.txt`, '-'), /from the archive/);
  t.notMatch(docker('export', container), 'images.tar', 'the archive itself is not kept');
  const failing = packingShop(t, 'println("it cannot"); os.Exit(3)');
  await t.rejects(buildImages(failing), { message: /'docker start --attach \.\.\.' failed \(exit 3\): it cannot/ });
  t.equal(docker('ps', '--all', '--quiet', '--filter', 'label=svclab.stage'), '');
  t.notOk(readdirSync(failing.cache).some((name) => name.startsWith('.')));
});

function docker(...argv: readonly string[]): string {
  return execFileSync('docker', argv, { encoding: 'utf8', stdio: 'pipe' });
}

/** With one more image, whose `import-images` is a Go program that does this. */
function packingShop(t: Parameters<typeof smallShop>[0], does: string): ReturnType<typeof smallShop> {
  const shop = smallShop(t, tag);
  const files = {
    'packer/go.mod': 'module packer\n\ngo 1.20\n',
    'packer/main.go': `package main

import (
	"archive/tar"
	"os"
)

func pack() {
	file, err := os.Create("/scratch/containerd.tar")
	if err != nil { panic(err) }
	text := []byte("from the archive")
	to := tar.NewWriter(file)
	if err := to.WriteHeader(&tar.Header{Name: "kind/packed.txt", Mode: 0o644, Size: int64(len(text))}); err != nil { panic(err) }
	if _, err := to.Write(text); err != nil { panic(err) }
	if err := to.Close(); err != nil { panic(err) }
}

var _ = pack

func main() { ${does} }
`,
    'packed/Dockerfile': 'FROM scratch AS base\nCOPY software.txt /usr/share/svclab/software.txt\nFROM base\nADD containerd.tar /\n',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(shop.source.root, 'images', dirname(name)), { recursive: true });
    writeFileSync(join(shop.source.root, 'images', name), text);
  }
  const packed: Recipe = {
    name: 'packed',
    folder: 'packed',
    tags: [packedTag],
    parts: [
      { to: 'import-images', artifact: 'packer' },
      { to: 'containerd.tar', images: ['hello'], stage: 'base' },
    ],
  };
  const packer: Artifact = { kind: 'go', module: 'packer', program: '.', ldflags: ['-s'] };
  const { source } = shop;
  return {
    ...shop,
    source: { ...source, artifacts: { ...source.artifacts, packer }, recipes: [...source.recipes.slice(0, 1), packed], programs: [] },
  };
}

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
