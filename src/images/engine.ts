import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EnvironmentError, UnmetError } from '../core/errors.js';
import { succeeded } from '../core/executor.js';
import { recipeDigest } from './digests.js';
import type { Recipe } from './recipe.js';
import { inWorkFolder, run, type Workshop } from './workshop.js';

/** The labels that hold the recipe's digest, and how many lines the software list has; and the one of an earlier stage's image, which only the build needs. */
export const labels = { recipe: 'svclab.recipe', software: 'svclab.software', stage: 'svclab.stage' } as const;

/** An image as the engine holds it. */
export interface EngineImage {
  /** The engine's own name for it: another engine, or another way of storing images, may name the same image otherwise. */
  readonly id: string;
  readonly bytes: number;
  /** The digest of the recipe it was built from; undefined for one that was not built here. */
  readonly recipe: string | undefined;
  readonly software: number | undefined;
  /** SHA-256 (hex) of what is in it: its layers, and how it is started. The same on every engine. */
  readonly content: string;
}

/** What the engine holds for a recipe. */
export interface ImageState {
  readonly recipe: Recipe;
  /** The recipe's digest as it is now. */
  readonly digest: string;
  readonly image: EngineImage | undefined;
  readonly state: 'current' | 'outdated' | 'missing';
}

const texts = z.array(z.string()).nullish();
const inspected = z.array(
  z.object({
    Id: z.string(),
    RepoTags: texts,
    Size: z.number(),
    Architecture: z.string().nullish(),
    RootFS: z.object({ Layers: texts }),
    Config: z.object({
      Entrypoint: texts,
      Cmd: texts,
      Env: texts,
      Labels: z.record(z.string(), z.string()).nullish(),
      StopSignal: z.string().nullish(),
      WorkingDir: z.string().nullish(),
    }),
  }),
);

/** What the engine holds for each recipe, in one question. @throws UnmetError when there is no engine. */
export async function imageStates(shop: Workshop): Promise<readonly ImageState[]> {
  const { source } = shop;
  const images = await imagesNamed(
    shop,
    source.recipes.flatMap(({ tags }) => tags),
  );
  return source.recipes.map((recipe) => {
    const digest = recipeDigest(source, recipe);
    const found = recipe.tags.map((tag) => images.get(tag));
    const image = found.find((each) => each !== undefined);
    const current = found.every((each) => each?.recipe === digest && each.id === image?.id);
    return { recipe, digest, image, state: current ? 'current' : image === undefined ? 'missing' : 'outdated' };
  });
}

/** Each image under the name that was asked for; what the engine does not hold is left out. @throws UnmetError, EnvironmentError */
export async function imagesNamed(shop: Workshop, tags: readonly string[]): Promise<ReadonlyMap<string, EngineImage>> {
  if (tags.length === 0) return new Map();
  const result = await shop.executor.run(['docker', 'image', 'inspect', ...tags], { signal: shop.signal, timeoutMs: 120_000 });
  shop.signal.throwIfAborted();
  // It fails when one is missing, and still tells of those that are there.
  const missing = /no such image/i.test(result.stderr);
  if (!succeeded(result) && !missing) throw engineFault(result.ended, result.stderr);
  const parsed = inspected.safeParse(parseJson(result.stdout));
  if (!parsed.success) throw new EnvironmentError(`'docker image inspect' said what svclab does not understand: ${parsed.error.message}`);
  const byTag = new Map(parsed.data.flatMap((image) => (image.RepoTags ?? []).map((tag) => [tag, image] as const)));
  return new Map(
    tags.flatMap((tag) => {
      const image = byTag.get(tag);
      return image === undefined ? [] : [[tag, imageOf(image)] as const];
    }),
  );
}

function imageOf({ Id, Size, Architecture, RootFS, Config }: z.infer<typeof inspected>[number]): EngineImage {
  const { Entrypoint, Cmd, Env, Labels, StopSignal, WorkingDir } = Config;
  const content = [Architecture, RootFS.Layers, Entrypoint ?? [], Cmd ?? [], Env ?? [], Labels ?? {}, StopSignal || '', WorkingDir || ''];
  const software = Number(Labels?.[labels.software]);
  return {
    id: Id,
    bytes: Size,
    recipe: Labels?.[labels.recipe],
    software: Number.isInteger(software) ? software : undefined,
    content: createHash('sha256').update(JSON.stringify(content)).digest('hex'),
  };
}

/** Why the docker command could not ask the engine, and what to do about it. */
function engineFault(ended: string, stderr: string): UnmetError {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  if (ended === 'not-started') {
    return new UnmetError('the docker command is not there', {
      hint: 'install Docker: https://docs.docker.com/engine/install/, or the package docker.io',
    });
  }
  if (/permission denied/i.test(stderr)) {
    return new UnmetError(`this user may not use the Docker engine: ${said}`, {
      hint: 'sudo usermod -aG docker $USER, then log in again; or run this with sudo',
    });
  }
  return new UnmetError(`no Docker engine answers: ${said || ended}`, {
    hint: 'start it (sudo systemctl start docker), or name another in DOCKER_HOST',
  });
}

/** An image's software list, one program a line. @throws EnvironmentError */
export async function softwareOf(shop: Workshop, tag: string): Promise<string> {
  const container = (await run(shop, ['docker', 'create', tag, 'never-started'])).trim();
  try {
    return await inWorkFolder(shop.cache, async (folder) => {
      const file = join(folder, 'software.txt');
      await run(shop, ['docker', 'cp', `${container}:/usr/share/svclab/software.txt`, file]);
      return await readFile(file, 'utf8');
    });
  } finally {
    await shop.executor.run(['docker', 'rm', container]);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
