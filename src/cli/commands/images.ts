import { EnvironmentError, type ExitCode, exitCodes, SvclabError, UsageError } from '../../core/errors.js';
import { localExecutor } from '../../exec/local.js';
import { toolFolder, userCache } from '../../exec/user-cache.js';
import { loadImages, saveImages } from '../../images/archive.js';
import { buildImages } from '../../images/build.js';
import { softwareOf } from '../../images/engine.js';
import { artifacts, programs, recipes } from '../../images/recipes.js';
import type { Listener, Workshop } from '../../images/workshop.js';
import type { CommandContext } from '../context.js';
import { imageProgress } from '../image-progress.js';
import { packageRoot } from '../package-root.js';
import { listImages } from './images-list.js';

/** Builds, lists and carries the images and programs that a cluster needs where no registry is reachable. */
export async function images(
  context: CommandContext,
  action: string,
  what: string | undefined,
  options: { readonly json?: boolean },
): Promise<ExitCode> {
  if (options.json && action !== 'list') throw new UsageError(`'images ${action}' has no JSON; 'images list' has`);
  if (what !== undefined && (action === 'list' || action === 'build'))
    throw new UsageError(`'images ${action}' takes nothing more: ${what}`);
  const progress = imageProgress(context);
  try {
    await act(context, workshop(context, progress), action, what, options.json ?? false);
  } catch (error) {
    throw explained(error);
  } finally {
    progress.stop();
  }
  return exitCodes.ok;
}

async function act(context: CommandContext, shop: Workshop, action: string, what: string | undefined, json: boolean): Promise<void> {
  if (action === 'list') context.stdout.write(await listImages(shop, json));
  else if (action === 'build') await build(shop);
  else if (action === 'software') context.stdout.write(await software(shop, what));
  else if (what === undefined) throw new UsageError(`'images ${action}' takes a file`);
  else if (action === 'save') {
    await saveImages(shop, what);
    shop.listener.said({ en: `saved to ${what}`, ko: `${what}에 저장했다` });
  } else {
    await loadImages(shop, what);
    shop.listener.said({ en: `loaded; kind and kubectl are in ${shop.tools}`, ko: `적재했다. kind와 kubectl은 ${shop.tools}에 있다` });
  }
}

async function build(shop: Workshop): Promise<void> {
  const since = performance.now();
  const { built, upToDate } = await buildImages(shop);
  const [en, ko] = [
    [built.length > 0 ? `made: ${built.join(', ')}` : '', upToDate.length > 0 ? `up to date: ${upToDate.join(', ')}` : ''],
    [built.length > 0 ? `새로 만듦: ${built.join(', ')}` : '', upToDate.length > 0 ? `그대로: ${upToDate.join(', ')}` : ''],
  ].map((parts) => parts.filter((part) => part !== '').join('; '));
  shop.listener.said({ en: en ?? '', ko: ko ?? '' });
  shop.listener.said({ en: `kind and kubectl are in ${shop.tools}`, ko: `kind와 kubectl은 ${shop.tools}에 있다` });
  shop.listener.ended({ en: 'all', ko: '전체' }, performance.now() - since);
}

/** The software of one image, or of all of them, each under its name. */
async function software(shop: Workshop, name: string | undefined): Promise<string> {
  const wanted = recipes.filter((recipe) => name === undefined || recipe.name === name || recipe.tags.includes(name));
  if (wanted.length === 0) {
    throw new UsageError(`there is no image '${name}'`, { hint: `the images are ${recipes.map((recipe) => recipe.name).join(', ')}` });
  }
  const lists: string[] = [];
  for (const recipe of wanted) {
    const list = await softwareOf(shop, recipe.tags[0] ?? '');
    lists.push(name === undefined ? `${recipe.name}\n${list.replace(/^(?=.)/gm, '  ')}` : list);
  }
  return lists.join('\n');
}

/** What the system refuses a write for, in words: it is nobody's mistake but the machine's state. */
function explained(error: unknown): unknown {
  if (error instanceof SvclabError || !(error instanceof Error) || !('code' in error)) return error;
  const why: Readonly<Record<string, string>> = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'your disk quota is used up',
    EACCES: 'permission denied',
    EROFS: 'its file system is read-only',
    EPERM: 'operation not permitted',
  };
  const path = 'path' in error && typeof error.path === 'string' ? error.path : 'a file';
  const said = why[String(error.code)];
  return said === undefined ? error : new EnvironmentError(`${path} cannot be written: ${said}`, { cause: error });
}

function workshop(context: CommandContext, listener: Listener): Workshop {
  return {
    source: { root: packageRoot, node: process.version, machine: process.arch, artifacts, recipes, programs },
    executor: localExecutor({ LC_ALL: 'C', CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' }),
    cache: `${userCache(context.env)}/images`,
    tools: toolFolder(context.env),
    nodeProgram: process.execPath,
    mirror: context.env['SVCLAB_DEBIAN_MIRROR'] || 'http://deb.debian.org/debian',
    root: context.root,
    signal: context.signal,
    listener,
  };
}
