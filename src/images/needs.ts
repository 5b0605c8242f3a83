import { existsSync, readFileSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { UnmetError } from '../core/errors.js';
import { succeeded } from '../core/executor.js';
import { isMade } from './artifacts.js';
import { debianKeys } from './make-artifact.js';
import type { Artifact } from './recipe.js';
import type { Workshop } from './workshop.js';

/** What the artifacts that have to be made ask of the machine. */
export interface Needs {
  /** The newest Go that a module names; undefined where nothing is compiled. */
  readonly go: string | undefined;
  readonly debian: boolean;
  readonly root: boolean;
  /** Bytes in the cache's folder. */
  readonly disk: number;
}

/** What the machine has. */
export interface Means {
  /** What `go version` says; undefined where there is no Go. */
  readonly go: string | undefined;
  readonly debootstrap: boolean;
  readonly debianKeys: boolean;
  readonly root: boolean;
  readonly free: number;
}

/** One thing that is missing, and what to do about it. */
export interface Lack {
  readonly what: string;
  readonly hint: string;
  /** The Debian package that has it. */
  readonly package?: string;
}

const gigabyte = 1e9;

/** Looks at everything that making these artifacts asks for, before anything is begun. @throws UnmetError with all that is missing */
export async function checkNeeds(shop: Workshop, artifacts: readonly string[]): Promise<void> {
  const needs = needsOf(shop, artifacts);
  if (needs === undefined) return;
  const lacks = lacksOf(needs, await means(shop, needs), shop.cache);
  if (lacks.length === 0) return;
  const packages = lacks.flatMap((lack) => lack.package ?? []);
  const command =
    packages.length === 0 ? '' : `\n  on Debian and Ubuntu: sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  throw new UnmetError(`the images cannot be made here:\n${lacks.map(({ what, hint }) => `  - ${what}: ${hint}`).join('\n')}${command}`);
}

/** Undefined when the cache holds all of them: then nothing but the Docker engine is needed. */
export function needsOf(shop: Pick<Workshop, 'source' | 'cache'>, artifacts: readonly string[]): Needs | undefined {
  const all = new Set(artifacts.flatMap((name) => withBase(shop, name)));
  const definitions = [...all].flatMap((name) => (isMade(shop, name) ? [] : [[name, shop.source.artifacts[name]] as const]));
  if (definitions.length === 0) return undefined;
  const modules = definitions.flatMap(([, definition]) => (definition?.kind === 'go' ? [definition.module] : []));
  const kinds = new Set(definitions.map(([, definition]) => definition?.kind));
  return {
    go: modules
      .map((module) => goVersionOf(join(shop.source.root, 'images', module)))
      .sort(compareVersions)
      .at(-1),
    debian: kinds.has('debian'),
    root: kinds.has('debian') || kinds.has('programs') || kinds.has('source'),
    disk: definitions.reduce((sum, [name, definition]) => sum + diskOf(name, definition), 0),
  };
}

/** All that `needs` asks for and `means` does not have. */
export function lacksOf(needs: Needs, means: Means, cache: string): readonly Lack[] {
  const lacks: Lack[] = [];
  if (needs.go !== undefined) {
    const have = means.go === undefined ? undefined : /\bgo(\d+(?:\.\d+)*)/.exec(means.go)?.[1];
    const hint = `install Go ${needs.go} or newer from https://go.dev/dl/ (Debian 12's own is 1.19; golang-go of bookworm-backports is new enough)`;
    if (have === undefined) lacks.push({ what: 'Go is not there', hint });
    else if (compareVersions(have, needs.go) < 0) lacks.push({ what: `Go is too old (${have})`, hint });
  }
  if (needs.debian && !means.debootstrap) {
    lacks.push({ what: 'debootstrap is not there', hint: 'install it: it makes the Debian roots', package: 'debootstrap' });
  }
  if (needs.debian && !means.debianKeys) {
    const hint = 'install them: packages are only taken when Debian has signed them';
    lacks.push({ what: "Debian's keys are not there", hint, package: 'debian-archive-keyring' });
  }
  if (needs.root && !means.root) lacks.push({ what: 'this is not root', hint: 'run it with sudo: debootstrap needs it' });
  if (means.free < needs.disk) {
    const [want, have] = [needs.disk, means.free].map((bytes) => `${(bytes / gigabyte).toFixed(1)} GB`);
    lacks.push({ what: `too little disk`, hint: `${cache} needs ${want}, and ${have} are free; XDG_CACHE_HOME names another folder` });
  }
  return lacks;
}

/** Of versions such as 1.22.0: less than 0 when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

async function means(shop: Workshop, needs: Needs): Promise<Means> {
  const ask = async (argv: readonly string[]): Promise<string | undefined> => {
    const result = await shop.executor.run(argv, { signal: shop.signal });
    return succeeded(result) ? result.stdout : undefined;
  };
  await mkdir(shop.cache, { recursive: true });
  const { bavail, bsize } = await statfs(shop.cache);
  return {
    go: needs.go === undefined ? undefined : await ask(['go', 'version']),
    debootstrap: needs.debian && (await ask(['debootstrap', '--version'])) !== undefined,
    debianKeys: existsSync(debianKeys),
    root: shop.root,
    free: bavail * bsize,
  };
}

function withBase(shop: Pick<Workshop, 'source' | 'cache'>, name: string): readonly string[] {
  const definition = shop.source.artifacts[name];
  return definition !== undefined && 'from' in definition && !isMade(shop, name) ? [definition.from, name] : [name];
}

/** Measured, with what the Go tools keep beside it, which is most of it. */
function diskOf(name: string, definition: Artifact | undefined): number {
  if (name === 'kube') return 3.5 * gigabyte;
  return definition?.kind === 'go' ? 0.5 * gigabyte : 0.8 * gigabyte;
}

/** The line `go 1.22.0` of a module's go.mod. */
function goVersionOf(folder: string): string {
  return /^go (\S+)$/m.exec(readFileSync(join(folder, 'go.mod'), 'utf8'))?.[1] ?? '0';
}
