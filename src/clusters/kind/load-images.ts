import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Executor, type RunOptions, succeeded } from '../../core/executor.js';
import { fullName } from './manifests.js';
import type { Tools } from './tools.js';

/**
 * Brings images that this machine's engine holds to the nodes that lack them; one that it does not hold is left for the node to pull.
 * @param wanted for each node, the images that it will need.
 */
export async function loadImages(
  tools: Tools,
  cluster: string,
  wanted: ReadonlyMap<string, readonly string[]>,
  signal?: AbortSignal,
): Promise<void> {
  const ids = new Map<string, string>();
  for (const name of new Set([...wanted.values()].flat().map(fullName))) {
    const id = await idOf(tools.local, name, signal);
    if (id !== undefined) ids.set(name, id);
  }
  const lacking = await Promise.all(
    [...wanted].map(async ([node, images]) => ({ node, missing: await missingOn(tools, node, images.map(fullName), ids, signal) })),
  );
  // One archive for each set of images: a node is sent nothing that it has.
  const groups = new Map<string, string[]>();
  for (const { node, missing } of lacking) {
    if (missing.length === 0) continue;
    const key = missing.join(' ');
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  await Promise.all([...groups].map(([key, nodes]) => send(tools, cluster, nodes, key.split(' '), signal)));
}

async function send(
  tools: Tools,
  cluster: string,
  nodes: readonly string[],
  images: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'svclab-images-'));
  try {
    const archive = join(folder, 'images.tar');
    await tools.docker(['save', '--output', archive, ...images], { ...optional(signal), timeoutMs: 600_000 });
    await tools.kind(['load', 'image-archive', archive, '--name', cluster, '--nodes', nodes.join(',')], {
      ...optional(signal),
      timeoutMs: 600_000,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** containerd lists an image that Kubernetes can use under its name and under its id, which is docker's: an older one of that name is missing too. */
async function missingOn(
  tools: Tools,
  node: string,
  images: readonly string[],
  ids: ReadonlyMap<string, string>,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const list = await tools.docker(['exec', node, 'ctr', '--namespace', 'k8s.io', 'images', 'list', '--quiet'], optional(signal));
  const present = new Set(list.split('\n'));
  return [...new Set(images)].filter((name) => {
    const id = ids.get(name);
    return id !== undefined && !(present.has(name) && present.has(id));
  });
}

function optional(signal: AbortSignal | undefined): RunOptions {
  return signal === undefined ? {} : { signal };
}

/** docker knows `docker.io/traefik/whoami:latest` by the short name too. */
async function idOf(local: Executor, image: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const result = await local.run(['docker', 'image', 'inspect', '--format', '{{.Id}}', image], optional(signal));
  return succeeded(result) ? result.stdout.trim() : undefined;
}
