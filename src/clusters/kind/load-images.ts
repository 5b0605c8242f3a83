import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Executor, succeeded } from '../../core/executor.js';
import { fullName } from './manifests.js';
import type { Tools } from './tools.js';

/** Brings images that this machine's engine holds to the nodes that lack them; one that it does not hold is left for the node to pull. */
export async function loadImages(
  tools: Tools,
  cluster: string,
  nodes: readonly string[],
  images: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const wanted = [...new Set(images.map(fullName))];
  const held: HeldImage[] = [];
  for (const name of wanted) {
    const id = await idOf(tools.local, name, signal);
    if (id !== undefined) held.push({ name, id });
  }
  const lacking = await Promise.all(nodes.map(async (node) => ({ node, missing: await missingOn(tools, node, held, signal) })));
  // One archive for each set: a node that has netshoot already is not sent it again.
  const groups = new Map<string, string[]>();
  for (const { node, missing } of lacking) {
    if (missing.length === 0) continue;
    const key = missing.join(' ');
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  for (const [key, group] of groups) await send(tools, cluster, group, key.split(' '), signal);
}

async function send(
  tools: Tools,
  cluster: string,
  nodes: readonly string[],
  images: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'svclab-images-'));
  try {
    const archive = join(folder, 'images.tar');
    await tools.docker(['save', '--output', archive, ...images], { signal, timeoutMs: 600_000 });
    await tools.kind(['load', 'image-archive', archive, '--name', cluster, '--nodes', nodes.join(',')], { signal, timeoutMs: 600_000 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface HeldImage {
  readonly name: string;
  readonly id: string;
}

/** containerd lists an image that Kubernetes can use under its name and under its id, which is docker's: an older one of that name is missing too. */
async function missingOn(tools: Tools, node: string, images: readonly HeldImage[], signal: AbortSignal): Promise<readonly string[]> {
  const list = await tools.docker(['exec', node, 'ctr', '--namespace', 'k8s.io', 'images', 'list', '--quiet'], { signal });
  const present = new Set(list.split('\n'));
  return images.filter(({ name, id }) => !present.has(name) || !present.has(id)).map(({ name }) => name);
}

/** docker knows `docker.io/traefik/whoami:latest` by the short name too. */
async function idOf(local: Executor, image: string, signal: AbortSignal): Promise<string | undefined> {
  const result = await local.run(['docker', 'image', 'inspect', '--format', '{{.Id}}', image], { signal });
  return succeeded(result) ? result.stdout.trim() : undefined;
}
