import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { same, type Text } from '../core/text.js';
import { artifactDigest } from './digests.js';
import { makeArtifact } from './make-artifact.js';
import type { Artifact } from './recipe.js';
import { inWorkFolder, told, type Workshop } from './workshop.js';

export interface Made {
  readonly file: string;
  readonly software: string;
}

/** The artifact's file, made when the cache does not hold it. It appears there whole, or not at all. @throws EnvironmentError */
export async function artifact(shop: Workshop, name: string): Promise<Made> {
  const definition = shop.source.artifacts[name];
  if (definition === undefined) throw new Error(`there is no artifact '${name}'`);
  const { folder, made } = placeOf(shop, name);
  if (existsSync(made.software)) return made;
  // What it is made from first: its time is its own.
  if ('from' in definition) await artifact(shop, definition.from);
  return await told(shop, beginning(name, definition), same(name), () =>
    inWorkFolder(shop.cache, async (work) => {
      const part = join(work, 'whole');
      await mkdir(part);
      const software = await makeArtifact(shop, definition, part, (base) => artifact(shop, base));
      await rm(join(part, 'root'), { recursive: true, force: true });
      await writeFile(join(part, 'software.txt'), software);
      await rm(folder, { recursive: true, force: true });
      await rename(part, folder);
      return made;
    }),
  );
}

/** Whether the cache holds it. */
export function isMade(shop: Pick<Workshop, 'source' | 'cache'>, name: string): boolean {
  return existsSync(placeOf(shop, name).made.software);
}

function placeOf({ source, cache }: Pick<Workshop, 'source' | 'cache'>, name: string): { readonly folder: string; readonly made: Made } {
  const folder = join(cache, `${name}-${source.machine}-${artifactDigest(source, name).slice(0, 16)}`);
  return { folder, made: { file: join(folder, 'file'), software: join(folder, 'software.txt') } };
}

/** Measured on two cores, where it is more than some seconds: worth saying before it begins. */
const minutes: Readonly<Record<string, number>> = {
  kube: 5,
  coredns: 2,
  kubectl: 1,
  'node-root': 1,
  'netshoot-root': 1,
  'compiler-root': 1,
  tcpdump: 1,
};

function beginning(name: string, { kind }: Artifact): Text {
  const doing: Readonly<Record<Artifact['kind'], Text>> = {
    go: { en: 'compiling', ko: '컴파일' },
    debian: { en: 'fetching and unpacking Debian packages', ko: '데비안 패키지를 받아서 푸는 중' },
    source: { en: 'compiling from source', ko: '소스에서 컴파일' },
    programs: { en: 'picking programs out of a root', ko: '루트에서 프로그램을 골라내는 중' },
    node: { en: 'packing', ko: '묶는 중' },
  };
  const most = minutes[name];
  const en = most === undefined ? '' : `, about ${most} minute${most === 1 ? '' : 's'} the first time`;
  const ko = most === undefined ? '' : `, 처음에는 약 ${most}분`;
  return { en: `${name}: ${doing[kind].en}${en}`, ko: `${name}: ${doing[kind].ko}${ko}` };
}
