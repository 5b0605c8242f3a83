import { cp, link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { artifact, type Made } from './artifacts.js';
import { filesBelow, isBuildInput, isProgram, recipeDigest, recipeNamed } from './digests.js';
import { type ImageState, imageStates, imagesNamed, labels } from './engine.js';
import { checkNeeds } from './needs.js';
import { installPrograms, programStates } from './programs.js';
import type { Part } from './recipe.js';
import { softwareText } from './software.js';
import { inWorkFolder, removeLeftovers, run, told, type Workshop } from './workshop.js';

type ImagesPart = Extract<Part, { readonly images: readonly string[] }>;

const dockerBuild = ['docker', 'build', '--quiet', '--force-rm'];

export interface Built {
  readonly built: readonly string[];
  readonly upToDate: readonly string[];
}

/** Builds the images and programs that are missing or out of date, in order, with what they need. @throws UnmetError, EnvironmentError */
export async function buildImages(shop: Workshop): Promise<Built> {
  await mkdir(shop.cache, { recursive: true });
  await removeLeftovers(shop.cache);
  const states = await imageStates(shop);
  const stale = states.filter(({ state }) => state !== 'current');
  const programs = (await programStates(shop)).filter(({ state }) => state !== 'current');
  await checkNeeds(shop, [...stale.flatMap(({ recipe }) => artifactsOf(recipe.parts)), ...programs.map(({ program }) => program.artifact)]);
  for (const { program } of programs) await artifact(shop, program.artifact);
  await installPrograms(
    shop,
    programs.map(({ program }) => program),
  );
  for (const state of stale) await build(shop, state);
  if (stale.length > 0) await removeStages(shop);
  const built = [...programs.map(({ program }) => program.name), ...stale.map(({ recipe }) => recipe.name)];
  return { built, upToDate: states.filter(({ state }) => state === 'current').map(({ recipe }) => recipe.name) };
}

/** The builder of an engine without BuildKit leaves the images of a Dockerfile's earlier stages, without a name; and a svclab that was killed, the container of one. */
async function removeStages(shop: Workshop): Promise<void> {
  const own = ['--filter', `label=${labels.stage}`];
  const ended = await run(shop, ['docker', 'ps', '--all', '--quiet', ...own, '--filter', 'status=exited']);
  const containers = ended.split('\n').filter((id) => id !== '');
  if (containers.length > 0) await run(shop, ['docker', 'rm', '--volumes', ...containers]);
  await run(shop, ['docker', 'image', 'prune', '--force', ...own]);
}

function artifactsOf(parts: readonly Part[]): readonly string[] {
  return parts.flatMap((part) => ('artifact' in part ? [part.artifact] : []));
}

async function build(shop: Workshop, { recipe, digest, image }: ImageState): Promise<void> {
  // First, since each tells its own time.
  const made = new Map<string, Made>();
  for (const name of artifactsOf(recipe.parts)) made.set(name, await artifact(shop, name));
  const what = { en: `image ${recipe.name}`, ko: `이미지 ${recipe.name}` };
  await told(shop, { en: `${what.en}: building`, ko: `${what.ko}: 빌드` }, { en: what.en, ko: what.ko }, () =>
    inWorkFolder(shop.cache, async (context) => {
      await copyFiles(join(shop.source.root, 'images', recipe.folder), context, isBuildInput);
      const software: string[] = [];
      for (const part of recipe.parts) software.push(await addPart(shop, part, made, context));
      const list = [...new Set(software.join('').split('\n'))].filter((line) => line !== '').sort();
      await writeFile(join(context, 'software.txt'), list.map((line) => `${line}\n`).join(''));
      const options = [
        ...Object.entries({ [labels.recipe]: digest, [labels.software]: list.length }).flatMap(([name, value]) => [
          '--label',
          `${name}=${value}`,
        ]),
        ...Object.entries(recipe.args ?? {}).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
        ...recipe.tags.flatMap((tag) => ['--tag', tag]),
      ];
      for (const part of recipe.parts) if ('images' in part && part.stage !== undefined) await unpack(shop, part, part.stage, context);
      await run(shop, [...dockerBuild, ...options, context]);
    }),
  );
  if (image?.recipe !== undefined) await removeOld(shop, image.id, recipe.tags);
}

/** The image that the new one took the names of, if it was one of ours, has no other name and no container uses it: nobody would find it again. */
async function removeOld(shop: Workshop, id: string, tags: readonly string[]): Promise<void> {
  const now = await imagesNamed(shop, tags);
  if ([...now.values()].some((image) => image.id === id)) return;
  await shop.executor.run(['docker', 'image', 'rm', id], { signal: shop.signal });
}

/** Returns the part's software list. */
async function addPart(shop: Workshop, part: Part, made: ReadonlyMap<string, Made>, context: string): Promise<string> {
  const to = join(context, part.to);
  await mkdir(dirname(to), { recursive: true });
  if ('artifact' in part) {
    const { file, software } = made.get(part.artifact) ?? (await artifact(shop, part.artifact));
    // No copy: the context is in the cache's folder.
    await link(file, to);
    for (const name of part.links ?? []) await symlink(basename(to), join(dirname(to), name));
    return await readFile(software, 'utf8');
  }
  if ('files' in part) {
    for (const file of part.files) await copyFiles(join(shop.source.root, file), join(to, file.replace(/^build\/src\//, '')), isProgram);
    return '';
  }
  if (part.stage === undefined) await saveTo(shop, to, part.images);
  return softwareText(
    part.images
      .map((name) => recipeNamed(shop.source, name))
      .flatMap((recipe) => recipe.tags.map((tag) => ({ name: tag, version: recipeDigest(shop.source, recipe).slice(0, 16) }))),
  );
}

/** Only a mount unpacks an image, and a build may not mount: a container does it, on a volume of its own. It needs the other parts of the context. */
async function unpack(shop: Workshop, { to, images }: ImagesPart, stage: string, context: string): Promise<void> {
  await inWorkFolder(shop.cache, async (folder) => {
    const archive = join(folder, 'images.tar');
    await saveTo(shop, archive, images);
    const image = (await run(shop, [...dockerBuild, '--label', labels.stage, '--target', stage, context])).trim();
    const alone = ['--privileged', '--network', 'none', '--volume', '/scratch', '--label', labels.stage];
    const container = (await run(shop, ['docker', 'create', ...alone, '--entrypoint', '/scratch/import-images', image])).trim();
    try {
      for (const file of [archive, join(context, 'import-images')]) await run(shop, ['docker', 'cp', file, `${container}:/scratch/`]);
      await run(shop, ['docker', 'start', '--attach', container]);
      await run(shop, ['docker', 'cp', `${container}:/scratch/containerd.tar`, join(context, to)]);
    } finally {
      await shop.executor.run(['docker', 'rm', '--force', '--volumes', container]);
    }
  });
}

async function saveTo(shop: Workshop, file: string, images: readonly string[]): Promise<void> {
  await run(shop, ['docker', 'save', '--output', file, ...images.flatMap((name) => recipeNamed(shop.source, name).tags)]);
}

async function copyFiles(from: string, to: string, wanted: (file: string) => boolean): Promise<void> {
  for (const file of filesBelow(from, wanted)) {
    const target = file === '' ? to : join(to, file);
    await mkdir(dirname(target), { recursive: true });
    await cp(file === '' ? from : join(from, file), target);
  }
}
