import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ExitCode, exitCodes, UsageError } from '../../core/errors.js';
import { localExecutor } from '../../exec/local.js';
import { loadImages, saveImages } from '../../images/archive.js';
import type { Workshop } from '../../images/artifacts.js';
import { buildImages, imageStates } from '../../images/build.js';
import { artifacts, recipes } from '../../images/recipes.js';
import type { CommandContext } from '../context.js';
import { packageRoot } from '../package-root.js';

/** Builds, lists and carries the images that a cluster needs where no registry is reachable. */
export async function images(
  context: CommandContext,
  action: string,
  file: string | undefined,
  options: { readonly json?: boolean },
): Promise<ExitCode> {
  const shop = workshop(context);
  if (action === 'build') await buildImages(shop);
  else if (action === 'list') await list(context, shop, options.json ?? false);
  else if (file === undefined) throw new UsageError(`'images ${action}' takes a file`);
  else if (action === 'save') await saveImages(shop, file);
  else await loadImages(shop, file);
  return exitCodes.ok;
}

async function list(context: CommandContext, shop: Workshop, json: boolean): Promise<void> {
  const states = await imageStates(shop);
  if (json) {
    const images = states.map(({ recipe, digest, id, current }) => ({
      name: recipe.name,
      tags: recipe.tags,
      recipe: digest,
      id: id ?? null,
      current,
    }));
    context.stdout.write(`${JSON.stringify({ images }, undefined, 2)}\n`);
    return;
  }
  for (const { recipe, digest, id, current } of states) {
    const state = current ? 'current' : id === undefined ? 'missing' : 'outdated';
    context.stdout.write(`${state.padEnd(9)} ${recipe.name.padEnd(11)} ${digest.slice(0, 12)} ${recipe.tags.join(' ')}\n`);
  }
}

function workshop(context: CommandContext): Workshop {
  const cache = context.env['XDG_CACHE_HOME'] || join(context.env['HOME'] ?? homedir(), '.cache');
  return {
    source: { root: packageRoot, node: process.version, artifacts, recipes },
    executor: localExecutor({ CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' }),
    cache: join(cache, 'svclab', 'images'),
    nodeProgram: process.execPath,
    signal: context.signal,
    say: (line) => context.stderr.write(`${line}\n`),
  };
}
