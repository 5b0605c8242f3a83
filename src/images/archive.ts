import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../core/errors.js';
import { run, type Workshop } from './artifacts.js';
import { imageStates } from './build.js';

const indexSchema = z.object({
  apiVersion: z.literal('svclab/v1'),
  kind: z.literal('ImageArchive'),
  /** SHA-256 (hex) of images.tar. */
  sha256: z.string(),
  images: z.array(z.object({ tags: z.array(z.string()), id: z.string(), recipe: z.string() })),
});

/** Writes every image into one tar: `index.json`, with a digest for each image, and `images.tar`. @throws UsageError when one is missing. */
export async function saveImages(shop: Workshop, file: string): Promise<void> {
  const states = await imageStates(shop);
  const missing = states.filter((state) => !state.current).map((state) => state.recipe.name);
  if (missing.length > 0) throw new UsageError(`not built, or out of date: ${missing.join(', ')}`, { hint: 'svclab images build' });
  await inFolder(shop, async (folder) => {
    const tar = join(folder, 'images.tar');
    await run(shop, ['docker', 'save', '--output', tar, ...states.flatMap((state) => state.recipe.tags)]);
    const images = states.map(({ recipe, id, digest }) => ({ tags: recipe.tags, id, recipe: digest }));
    const index = { apiVersion: 'svclab/v1', kind: 'ImageArchive', sha256: await sha256(tar), images };
    await writeFile(join(folder, 'index.json'), `${JSON.stringify(index, undefined, 2)}\n`);
    await run(shop, ['tar', '--create', '--file', resolve(file), '--directory', folder, 'index.json', 'images.tar']);
  });
}

/** Loads what `saveImages` wrote. @throws UsageError when the file is no such archive, or is damaged. */
export async function loadImages(shop: Workshop, file: string): Promise<void> {
  await inFolder(shop, async (folder) => {
    await run(shop, ['tar', '--extract', '--file', resolve(file), '--directory', folder, 'index.json', 'images.tar']);
    const parsed = indexSchema.safeParse(JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')));
    if (!parsed.success) throw new UsageError(`${file} is no archive of images`);
    const tar = join(folder, 'images.tar');
    if ((await sha256(tar)) !== parsed.data.sha256) throw new UsageError(`${file} is damaged: its digest is not the one in its index`);
    await run(shop, ['docker', 'load', '--quiet', '--input', tar]);
    for (const { tags, id } of parsed.data.images) {
      for (const tag of tags) {
        const loaded = (await run(shop, ['docker', 'image', 'inspect', '--format', '{{.Id}}', tag])).trim();
        if (loaded !== id) throw new UsageError(`${tag} is ${loaded} after loading, and should be ${id}`);
      }
    }
  });
}

async function inFolder(shop: Workshop, use: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(shop.cache, { recursive: true });
  const folder = await mkdtemp(join(shop.cache, '.archive-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
