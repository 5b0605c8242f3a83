import { cp, link, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { succeeded } from '../core/executor.js';
import { artifact, run, seconds, type Workshop } from './artifacts.js';
import { filesBelow, isBuildInput, isProgram, recipeDigest, recipeNamed } from './digests.js';
import type { Part, Recipe } from './recipe.js';
import { softwareText } from './software.js';

/** The label that holds the recipe's digest. */
const recipeLabel = 'svclab.recipe';

/** The image that the engine holds for a recipe: its id, and whether it was built from the recipe as it is now. */
export interface ImageState {
  readonly recipe: Recipe;
  readonly digest: string;
  readonly id: string | undefined;
  readonly current: boolean;
}

export async function imageStates(shop: Workshop): Promise<readonly ImageState[]> {
  return Promise.all(
    shop.source.recipes.map(async (recipe) => {
      const digest = recipeDigest(shop.source, recipe);
      const found = await Promise.all(recipe.tags.map((tag) => inspect(shop, tag)));
      const [first] = found;
      return { recipe, digest, id: first?.id, current: found.every((image) => image?.label === digest && image.id === first?.id) };
    }),
  );
}

/** Builds the images that are missing or out of date, in order, with what they need. @throws EnvironmentError */
export async function buildImages(shop: Workshop): Promise<void> {
  for (const recipe of shop.source.recipes) {
    const digest = recipeDigest(shop.source, recipe);
    const found = await Promise.all(recipe.tags.map((tag) => inspect(shop, tag)));
    if (found.every((image) => image?.label === digest && image.id === found[0]?.id)) {
      shop.say(`${recipe.name}: up to date`);
      continue;
    }
    const since = performance.now();
    await build(shop, recipe, digest);
    shop.say(`${recipe.name}: built in ${seconds(since)} (${recipe.tags[0]})`);
  }
}

async function build(shop: Workshop, recipe: Recipe, digest: string): Promise<void> {
  await mkdir(shop.cache, { recursive: true });
  const context = await mkdtemp(join(shop.cache, '.context-'));
  try {
    const own = join(shop.source.root, 'images', recipe.folder);
    await copyFiles(own, context, isBuildInput);
    const software: string[] = [];
    for (const part of recipe.parts) software.push(await addPart(shop, part, context));
    await writeFile(
      join(context, 'software.txt'),
      [
        ...new Set(
          software
            .join('')
            .split('\n')
            .filter((line) => line !== ''),
        ),
      ]
        .sort()
        .join('\n')
        .concat('\n'),
    );
    const args = Object.entries(recipe.args ?? {}).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    const tags = recipe.tags.flatMap((tag) => ['--tag', tag]);
    await run(shop, ['docker', 'build', '--quiet', '--force-rm', '--label', `${recipeLabel}=${digest}`, ...args, ...tags, context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** Returns the part's software list. */
async function addPart(shop: Workshop, part: Part, context: string): Promise<string> {
  const to = join(context, part.to);
  if ('artifact' in part) {
    const made = await artifact(shop, part.artifact);
    await mkdir(dirname(to), { recursive: true });
    // No copy where the cache is on the same disk, as the context is.
    await link(made.file, to);
    for (const name of part.links ?? []) await symlink(to.slice(dirname(to).length + 1), join(dirname(to), name));
    return await readFile(made.software, 'utf8');
  }
  if ('files' in part) {
    for (const file of part.files) await copyFiles(join(shop.source.root, file), join(to, file.replace(/^build\/src\//, '')), isProgram);
    return '';
  }
  await mkdir(dirname(to), { recursive: true });
  const named = part.images.map((name) => recipeNamed(shop.source, name));
  await run(shop, ['docker', 'save', '--output', to, ...named.flatMap((recipe) => recipe.tags)]);
  return softwareText(
    named.flatMap((recipe) => recipe.tags.map((tag) => ({ name: tag, version: recipeDigest(shop.source, recipe).slice(0, 16) }))),
  );
}

async function copyFiles(from: string, to: string, wanted: (file: string) => boolean): Promise<void> {
  for (const file of filesBelow(from, wanted)) {
    const target = file === '' ? to : join(to, file);
    await mkdir(dirname(target), { recursive: true });
    await cp(file === '' ? from : join(from, file), target);
  }
}

async function inspect(shop: Workshop, tag: string): Promise<{ readonly id: string; readonly label: string } | undefined> {
  const format = `{{.Id}} {{index .Config.Labels "${recipeLabel}"}}`;
  const result = await shop.executor.run(['docker', 'image', 'inspect', '--format', format, tag], { signal: shop.signal });
  if (!succeeded(result)) return undefined;
  const [id = '', label = ''] = result.stdout.trim().split(' ');
  return { id, label };
}
