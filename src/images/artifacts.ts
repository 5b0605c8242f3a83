import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '../core/errors.js';
import { type Executor, succeeded } from '../core/executor.js';
import { artifactDigest, type Source } from './digests.js';
import type { Artifact } from './recipe.js';
import { debianSoftware, goSoftware, softwareText } from './software.js';

export interface Workshop {
  readonly source: Source;
  readonly executor: Executor;
  /** A folder of the user's, kept between runs. */
  readonly cache: string;
  /** The Node program that goes into the workloads. */
  readonly nodeProgram: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface Made {
  readonly file: string;
  readonly software: string;
}

const mirror = 'http://deb.debian.org/debian';

/** The artifact's file, made when the cache does not hold it. It appears there whole, or not at all. @throws EnvironmentError */
export async function artifact(shop: Workshop, name: string): Promise<Made> {
  const definition = shop.source.artifacts[name];
  if (definition === undefined) throw new Error(`there is no artifact '${name}'`);
  const folder = join(shop.cache, `${name}-${artifactDigest(shop.source, name).slice(0, 16)}`);
  const made = { file: join(folder, 'file'), software: join(folder, 'software.txt') };
  if (await exists(made.software)) return made;
  await mkdir(shop.cache, { recursive: true });
  const work = await mkdtemp(join(shop.cache, '.part-'));
  const since = performance.now();
  try {
    const software = await make(shop, definition, work);
    await writeFile(join(work, 'software.txt'), software);
    await rm(join(work, 'root'), { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
    await rename(work, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  shop.say(`${name}: made in ${seconds(since)}`);
  return made;
}

async function make(shop: Workshop, definition: Artifact, work: string): Promise<string> {
  const file = join(work, 'file');
  switch (definition.kind) {
    case 'go': {
      const folder = join(shop.source.root, 'images', definition.module);
      await run(shop, [
        'go',
        'build',
        '-C',
        folder,
        '-trimpath',
        '-buildvcs=false',
        '-ldflags',
        definition.ldflags.join(' '),
        '-o',
        file,
        definition.program,
      ]);
      return softwareText(goSoftware(await run(shop, ['go', 'version', '-m', file])));
    }
    case 'debian': {
      const root = join(work, 'root');
      await run(shop, ['debootstrap', '--variant=minbase', `--include=${definition.packages.join(',')}`, definition.suite, root, mirror]);
      const list = await run(shop, ['dpkg-query', `--admindir=${root}/var/lib/dpkg`, '-W', '-f', `\${Package} \${Version}\n`]);
      for (const waste of [
        'var/cache/apt/archives',
        'var/lib/apt/lists',
        'usr/share/doc',
        'usr/share/man',
        'usr/share/locale',
        'usr/share/info',
        'var/log/bootstrap.log',
      ]) {
        await rm(join(root, waste), { recursive: true, force: true });
      }
      await run(shop, ['tar', '--create', '--numeric-owner', '--sort=name', '--file', file, '--directory', root, '.']);
      return softwareText(debianSoftware(list));
    }
    case 'programs':
      return await programs(shop, definition, work, file);
    case 'node': {
      const root = join(work, 'root');
      await copyInto(root, 'usr/local/bin/node', shop.nodeProgram);
      for (const library of libraries(await run(shop, ['ldd', shop.nodeProgram]))) await copyInto(root, library.slice(1), library);
      await mkdir(join(root, 'tmp'));
      await run(shop, ['tar', '--create', '--owner=0', '--group=0', '--sort=name', '--file', file, '--directory', root, '.']);
      return softwareText([{ name: 'node', version: shop.source.node }]);
    }
  }
}

async function programs(shop: Workshop, definition: Extract<Artifact, { kind: 'programs' }>, work: string, file: string): Promise<string> {
  const base = await artifact(shop, definition.from);
  const root = join(work, 'root');
  await mkdir(root);
  await run(shop, ['tar', '--extract', '--file', base.file, '--directory', root]);
  const loaded = new Set<string>();
  const plugins = (await readdir(join(root, definition.plugins)))
    .filter((name) => name.endsWith('.so'))
    .map((name) => join(definition.plugins, name));
  for (const program of [...definition.programs, ...plugins]) {
    for (const library of libraries(await run(shop, ['chroot', root, 'ldd', `/${program}`]))) {
      loaded.add(library);
      loaded.add((await run(shop, ['chroot', root, 'readlink', '-f', library])).trim());
    }
  }
  // The top-level links of a merged /usr, and a writable /run for iptables' lock.
  const frame = [definition.plugins, 'bin', 'lib', 'lib64', 'sbin', 'run'];
  const wanted = [...frame, ...definition.programs, ...definition.extra, ...[...loaded].map(inUsr)];
  await rm(join(root, 'run'), { recursive: true, force: true });
  await mkdir(join(root, 'run'));
  await run(shop, ['tar', '--create', '--numeric-owner', '--sort=name', '--file', file, '--directory', root, ...new Set(wanted)]);
  return await readFile(base.software, 'utf8');
}

/** A merged root has /lib as a link to usr/lib: a path through the link would make a second folder in the tar. */
function inUsr(path: string): string {
  return path.startsWith('/usr/') ? path.slice(1) : `usr${path}`;
}

/** The paths in what ldd(1) prints. */
export function libraries(text: string): readonly string[] {
  return [...new Set(text.split('\n').flatMap((line) => /(?:^\s*|=> )(\/\S+)/.exec(line)?.[1] ?? []))];
}

async function copyInto(root: string, path: string, from: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await cp(from, join(root, path), { dereference: true });
}

/** Runs a tool; what it says is the error's message when it fails. @throws EnvironmentError */
export async function run(shop: Pick<Workshop, 'executor' | 'signal'>, argv: readonly string[]): Promise<string> {
  const result = await shop.executor.run(argv, { signal: shop.signal, timeoutMs: 3_600_000 });
  shop.signal.throwIfAborted();
  if (!succeeded(result)) {
    const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-5).join('\n');
    throw new EnvironmentError(`'${argv.slice(0, 3).join(' ')} ...' failed (${result.ended} ${result.exitCode ?? ''}): ${said}`);
  }
  return result.stdout;
}

export function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
