import { constants } from 'node:fs';
import { access, appendFile, chmod, open, rename, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EnvironmentError, UsageError } from '../core/errors.js';
import { type ArchiveIndex, damaged, encodeIndex, endOfTar, padding, pieces, readIndex, tarHeader } from './archive-file.js';
import { recipeDigest } from './digests.js';
import { type ImageState, imageStates, imagesNamed } from './engine.js';
import { type ProgramState, programStates, putProgram, sha256 } from './programs.js';
import { inWorkFolder, run, told, type Workshop } from './workshop.js';

/** Writes every image and program into one file, with a digest for each. It appears whole, or not at all. @throws UsageError, EnvironmentError */
export async function saveImages(shop: Workshop, file: string): Promise<void> {
  const target = resolve(file);
  await checkTarget(target);
  const [images, programs] = await Promise.all([imageStates(shop), programStates(shop)]);
  const stale = [
    ...images.map(({ recipe: { name }, state }) => ({ name, state })),
    ...programs.map(({ program: { name }, state }) => ({ name, state })),
  ]
    .filter(({ state }) => state !== 'current')
    .map(({ name, state }) => `${name} (${state})`);
  if (stale.length > 0) throw new UsageError(`not there to be saved: ${stale.join(', ')}`, { hint: 'svclab images build' });
  await checkSpace(dirname(target), images, programs);
  await inWorkFolder(dirname(target), async (folder) => {
    const part = join(folder, 'archive');
    const tags = images.flatMap(({ recipe }) => recipe.tags);
    await told(
      shop,
      { en: 'taking the images out of the engine', ko: '엔진에서 이미지를 꺼내는 중' },
      { en: 'images', ko: '이미지' },
      async () => {
        await run(shop, ['docker', 'save', '--output', part, ...tags]);
      },
    );
    await told(
      shop,
      { en: 'adding programs and digests', ko: '프로그램과 다이제스트를 더하는 중' },
      { en: 'digests', ko: '다이제스트' },
      () => finish(shop, part, images, programs),
    );
    await chmod(part, 0o644);
    await rename(part, target);
  });
}

async function finish(shop: Workshop, part: string, images: readonly ImageState[], programs: readonly ProgramState[]): Promise<void> {
  const handle = await open(part);
  let at: number;
  try {
    at = await endOfTar(handle);
  } finally {
    await handle.close();
  }
  await truncate(part, at);
  const saved: ArchiveIndex['programs'] = [];
  for (const { program, file, digest, bytes = 0, sha256: wanted = '' } of programs) {
    shop.signal.throwIfAborted();
    await appendFile(part, tarHeader(`svclab/${program.name}`, bytes));
    await writeFile(part, pieces(file, 0, bytes), { flag: 'a' });
    await appendFile(part, padding(bytes));
    const start = at + 512;
    if ((await sha256(part, start, start + bytes)) !== wanted) {
      throw new EnvironmentError(`${file} is not what svclab put there`, { hint: `remove it, then: svclab images build` });
    }
    saved.push({ name: program.name, recipe: digest, sha256: wanted, start, bytes });
    at = start + bytes + padding(bytes).length;
  }
  const index: ArchiveIndex = {
    apiVersion: 'svclab/v2',
    kind: 'ImageArchive',
    machine: shop.source.machine,
    sha256: await sha256(part, 0, at, shop.signal),
    bytes: at,
    images: images.map(({ recipe, digest, image }) => ({
      name: recipe.name,
      tags: [...recipe.tags],
      recipe: digest,
      content: image?.content ?? '',
    })),
    programs: saved,
  };
  await appendFile(part, encodeIndex(index));
}

/** Brings what `saveImages` wrote into the engine and the folder for programs. @throws UsageError when the file is no such archive, or is damaged. */
export async function loadImages(shop: Workshop, file: string): Promise<void> {
  const index = await readIndex(file);
  checkFits(shop, index, file);
  await told(
    shop,
    { en: 'checking the archive', ko: '아카이브를 확인하는 중' },
    { en: 'archive checked', ko: '아카이브 확인' },
    async () => {
      if ((await sha256(file, 0, index.bytes, shop.signal)) !== index.sha256) throw damaged(file, 'what its index names');
    },
  );
  await told(shop, { en: 'giving the images to the engine', ko: '엔진에 이미지를 넣는 중' }, { en: 'images', ko: '이미지' }, async () => {
    await run(shop, ['docker', 'load', '--quiet', '--input', resolve(file)]);
    const loaded = await imagesNamed(
      shop,
      index.images.flatMap(({ tags }) => tags),
    );
    const wrong = index.images.flatMap(({ tags, content }) => tags.filter((tag) => loaded.get(tag)?.content !== content));
    if (wrong.length > 0) throw new EnvironmentError(`the engine took the archive, and does not hold as it was saved: ${wrong.join(', ')}`);
  });
  for (const { name, recipe, sha256: wanted, start, bytes } of index.programs) {
    await putProgram(shop, name, { recipe, sha256: wanted }, async (to) => {
      await writeFile(to, pieces(file, start, start + bytes));
      if ((await sha256(to)) !== wanted) throw damaged(file, name);
    });
  }
}

/** Whether this machine and this version of svclab can use what is in the archive; what is merely different is said. @throws UsageError */
function checkFits({ source, listener }: Workshop, { machine, images }: ArchiveIndex, file: string): void {
  if (machine !== source.machine) throw new UsageError(`${file} is for another kind of machine: ${machine}, and this is ${source.machine}`);
  const missing = source.recipes.filter(({ name, tags }) => {
    const held = images.find((image) => image.name === name)?.tags ?? [];
    return !tags.every((tag) => held.includes(tag));
  });
  if (missing.length > 0) {
    throw new UsageError(`${file} lacks images that this version of svclab needs: ${missing.map(({ name }) => name).join(', ')}`, {
      hint: 'save it again with this version',
    });
  }
  const digests = new Map(source.recipes.map((recipe) => [recipe.name, recipeDigest(source, recipe)]));
  const other = images.filter(({ name, recipe }) => digests.get(name) !== recipe).map(({ name }) => name);
  if (other.length === 0) return;
  const names = other.join(', ');
  listener.said({
    en: `made from other recipes than this version of svclab has: ${names}. They are loaded, and 'svclab images list' calls them outdated.`,
    ko: `이 svclab 버전과 다른 레시피로 만든 이미지: ${names}. 적재하지만 'svclab images list'는 outdated로 보여 준다.`,
  });
}

async function checkTarget(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found?.isDirectory()) throw new UsageError(`${target} is a folder`, { hint: 'name a file in it' });
  await access(dirname(target), constants.W_OK).catch((cause) => {
    throw new UsageError(`${dirname(target)} is not there, or you may not write to it`, { cause });
  });
}

async function checkSpace(folder: string, images: readonly ImageState[], programs: readonly ProgramState[]): Promise<void> {
  const sizes = new Map(images.flatMap(({ image }) => (image === undefined ? [] : [[image.id, image.bytes] as const])));
  for (const { file, bytes = 0 } of programs) sizes.set(file, bytes);
  const wanted = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= wanted) return;
  const [want, have] = [wanted, bavail * bsize].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
  throw new EnvironmentError(`${folder} has ${have} free, and the archive needs up to ${want}`, {
    hint: 'free some space, or name a file on another disk',
  });
}
