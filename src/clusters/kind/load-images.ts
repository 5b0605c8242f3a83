import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Executor, RunOptions } from '../../core/executor.js';
import type { Text } from '../../core/text.js';
import { ensureImage } from './local-images.js';
import { fullName } from './manifests.js';
import type { Tools } from './tools.js';

export interface LoadRequest {
  readonly cluster: string;
  /** For each node, the images that it will need. */
  readonly wanted: ReadonlyMap<string, readonly string[]>;
  /** Commands in a node's own container. */
  readonly inside: (node: string) => Executor;
  readonly progress: (text: Text) => void;
  readonly signal?: AbortSignal;
}

/**
 * The engine's id of each image, by its full name; what it does not hold is pulled.
 * @throws UnmetError when one is not here and cannot be pulled.
 */
export async function imageIds(
  docker: Tools['docker'],
  names: readonly string[],
  { progress, signal }: Pick<LoadRequest, 'progress' | 'signal'>,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const name of new Set(names.map(fullName))) ids.set(name, await ensureImage(docker, name, progress, signal));
  return ids;
}

/**
 * Brings images to the nodes that lack them, from this machine's engine. A node never asks a registry itself.
 * @param ids of all of them, as `imageIds` gives them.
 */
export async function loadImages(tools: Tools, ids: ReadonlyMap<string, string>, request: LoadRequest): Promise<void> {
  const lacking = new Map<string, string[]>();
  await Promise.all(
    [...request.wanted].map(async ([node, images]) => {
      for (const name of await missingOn(request, node, images.map(fullName), ids)) lacking.set(name, [...(lacking.get(name) ?? []), node]);
    }),
  );
  await Promise.all([...lacking].map(([name, nodes]) => send(tools, request, name, nodes)));
}

async function send(tools: Tools, request: LoadRequest, image: string, nodes: readonly string[]): Promise<void> {
  request.progress({ en: `loading ${image} into ${nodes.join(', ')}`, ko: `${nodes.join(', ')}에 ${image} 싣기` });
  const folder = await mkdtemp(join(tools.folder, 'images-'));
  try {
    const archive = join(folder, 'image.tar');
    await pipeline(await tools.docker.getImage(image).get(), createWriteStream(archive), optional(request.signal));
    const argv = ['load', 'image-archive', archive, '--name', request.cluster, '--nodes', nodes.join(',')];
    await tools.kind(argv, { ...optional(request.signal), timeoutMs: 600_000 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** containerd lists an image that Kubernetes can use under its name and under its id, which is docker's: an older one of that name is missing too. */
async function missingOn(
  request: LoadRequest,
  node: string,
  images: readonly string[],
  ids: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const list = await request.inside(node).run(['ctr', '--namespace', 'k8s.io', 'images', 'list', '--quiet'], optional(request.signal));
  const present = new Set(list.stdout.split('\n'));
  return [...new Set(images)].filter((name) => !(present.has(name) && present.has(ids.get(name) ?? '')));
}

function optional(signal: AbortSignal | undefined): RunOptions {
  return signal === undefined ? {} : { signal };
}
