import { appendFile, copyFile, cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '../core/errors.js';
import type { Artifact } from './recipe.js';
import { debianSoftware, goSoftware, packagesOf, softwareText } from './software.js';
import { run, type Workshop } from './workshop.js';

/** Debian's keys, of the package debian-archive-keyring: a root is never made from packages that nobody signed. */
export const debianKeys = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** An artifact that another is made from. */
export type Base = (name: string) => Promise<{ readonly file: string; readonly software: string }>;

/** Makes the artifact's file in the empty folder `work`, and returns its software list. @throws EnvironmentError */
export async function makeArtifact(shop: Workshop, artifact: Artifact, work: string, base: Base): Promise<string> {
  const file = join(work, 'file');
  switch (artifact.kind) {
    case 'go':
      return await goProgram(shop, artifact, file);
    case 'debian':
      return await debianRoot(shop, artifact, join(work, 'root'), file);
    case 'programs':
      return await somePrograms(shop, artifact, join(work, 'root'), file, await base(artifact.from));
    case 'source':
      return await compiled(shop, artifact, join(work, 'root'), file, await base(artifact.from));
    case 'node':
      return await nodeRuntime(shop, join(work, 'root'), file);
  }
}

type Of<K extends Artifact['kind']> = Extract<Artifact, { kind: K }>;

async function goProgram(shop: Workshop, { module, ldflags, program }: Of<'go'>, file: string): Promise<string> {
  const folder = join(shop.source.root, 'images', module);
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', ldflags.join(' ')];
  await run(shop, ['go', 'build', '-C', folder, ...flags, '-o', file, program]);
  return softwareText(goSoftware(await run(shop, ['go', 'version', '-m', file])));
}

const waste = [
  'var/cache/apt/archives',
  'var/lib/apt/lists',
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/info',
  'var/log/bootstrap.log',
];

async function debianRoot(shop: Workshop, { suite, packages }: Of<'debian'>, root: string, file: string): Promise<string> {
  const options = ['--variant=minbase', '--force-check-gpg', `--keyring=${debianKeys}`, `--include=${packages.join(',')}`];
  // In namespaces of its own that end with this process: whatever ends it, no mount and no process of it is left.
  const alone = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  await run(shop, [...alone, 'debootstrap', ...options, suite, root, shop.mirror]);
  const list = await run(shop, ['dpkg-query', `--admindir=${root}/var/lib/dpkg`, '-W', '-f', `\${Package} \${Version}\n`]);
  for (const path of waste) await rm(join(root, path), { recursive: true, force: true });
  await run(shop, ['tar', '--create', '--numeric-owner', '--sort=name', '--file', file, '--directory', root, '.']);
  return softwareText(debianSoftware(list));
}

async function somePrograms(
  shop: Workshop,
  artifact: Of<'programs'>,
  root: string,
  file: string,
  base: Awaited<ReturnType<Base>>,
): Promise<string> {
  await mkdir(root);
  await run(shop, ['tar', '--extract', '--file', base.file, '--directory', root]);
  const folder = await pluginFolder(root, artifact.plugins);
  const plugins = (await readdir(join(root, folder))).filter((name) => name.endsWith('.so')).map((name) => join(folder, name));
  const found = libraries(await run(shop, ['chroot', root, 'ldd', ...[...artifact.programs, ...plugins].map((path) => `/${path}`)]));
  const real = (await run(shop, ['chroot', root, 'readlink', '-f', ...found])).trim().split('\n');
  // The top-level links of a merged /usr (lib64 is there on amd64 alone), and a writable /run for iptables' lock.
  const links = (await readdir(root)).filter((name) => ['bin', 'lib', 'lib64', 'sbin'].includes(name));
  const wanted = [folder, ...links, 'run', ...artifact.programs, ...artifact.extra, ...[...found, ...real].map(inUsr)];
  await rm(join(root, 'run'), { recursive: true, force: true });
  await mkdir(join(root, 'run'));
  await run(shop, ['tar', '--create', '--numeric-owner', '--sort=name', '--file', file, '--directory', root, ...new Set(wanted)]);
  const files = [...artifact.programs, ...plugins, ...found, ...real];
  return await softwareWith(shop, root, files, await readFile(base.software, 'utf8'));
}

/** The lines of a root's software list whose packages any of these files comes from. */
async function softwareWith(shop: Workshop, root: string, files: readonly string[], list: string): Promise<string> {
  // dpkg knows a file by the path that its package names: with /usr or, as before the merge, without.
  const paths = files.map(inUsr).flatMap((path) => [`/${path}`, path.slice('usr'.length)]);
  const argv = ['dpkg-query', `--admindir=${root}/var/lib/dpkg`, '--search', ...new Set(paths)];
  // It fails for the paths that no package names, and still tells of the others.
  const packages = packagesOf((await shop.executor.run(argv, { signal: shop.signal })).stdout);
  shop.signal.throwIfAborted();
  const lines = list.split('\n').filter((line) => packages.has(line.split(' ')[0] ?? ''));
  if (lines.length === 0) throw new EnvironmentError(`'dpkg-query --search' knows no package of ${files.length} files in ${root}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** Debian names a folder of libraries after the machine (`usr/lib/x86_64-linux-gnu`): the one that holds `name`. @throws EnvironmentError */
async function pluginFolder(root: string, name: string): Promise<string> {
  for (const machine of await readdir(join(root, 'usr/lib'))) {
    const inside = await readdir(join(root, 'usr/lib', machine)).catch((): string[] => []);
    if (machine.includes('-linux-') && inside.includes(name)) return join('usr/lib', machine, name);
  }
  throw new EnvironmentError(`no folder usr/lib/*-linux-*/${name} in the Debian root`);
}

/** apt verifies the source by Debian's signature, as it does packages. */
async function compiled(
  shop: Workshop,
  artifact: Of<'source'>,
  root: string,
  file: string,
  base: Awaited<ReturnType<Base>>,
): Promise<string> {
  await mkdir(root);
  await run(shop, ['tar', '--extract', '--file', base.file, '--directory', root]);
  await appendFile(join(root, 'etc/apt/sources.list'), `deb-src ${shop.mirror} ${artifact.suite} main\n`);
  await copyFile('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
  await mkdir(join(root, 'source'));
  const inside = (folder: string, argv: readonly string[]): Promise<string> =>
    run(shop, ['chroot', root, 'env', `--chdir=${folder}`, ...argv]);
  // Debian's mark for an apt that may not change to a user of its own; the root is thrown away afterwards.
  await inside('/source', ['apt-get', '--option', 'APT::Sandbox::User=root', 'update']);
  await inside('/source', ['apt-get', '--option', 'APT::Sandbox::User=root', 'source', '--download-only', artifact.package]);
  const [description] = (await readdir(join(root, 'source'))).filter((name) => name.endsWith('.dsc'));
  if (description === undefined) throw new EnvironmentError(`apt-get has fetched no source of ${artifact.package}`);
  await inside('/source', ['dpkg-source', ...(artifact.patched ? [] : ['--skip-patches']), '--extract', description]);
  const [folder] = (await readdir(join(root, 'source'), { withFileTypes: true })).filter((entry) => entry.isDirectory());
  if (folder === undefined) throw new EnvironmentError(`the source of ${artifact.package} holds no folder`);
  const source = `/source/${folder.name}`;
  await inside(source, ['./configure', ...artifact.configure]);
  await inside(source, ['make', '--jobs', '2', artifact.program]);
  await inside(source, ['strip', artifact.program]);
  await cp(join(root, source, artifact.program), file);
  const version = /^Version: (\S+)$/m.exec(await inside(source, ['dpkg-parsechangelog']))?.[1] ?? folder.name;
  return softwareText([{ name: `${artifact.package} (from source)`, version }]);
}

async function nodeRuntime(shop: Workshop, root: string, file: string): Promise<string> {
  await copyInto(root, 'usr/local/bin/node', shop.nodeProgram);
  for (const library of libraries(await run(shop, ['ldd', shop.nodeProgram]))) await copyInto(root, library.slice(1), library);
  await mkdir(join(root, 'tmp'));
  await run(shop, ['tar', '--create', '--owner=0', '--group=0', '--sort=name', '--file', file, '--directory', root, '.']);
  return softwareText([{ name: 'node', version: shop.source.node }]);
}

/** A merged root has /lib as a link to usr/lib: a path through the link would make a second folder in the tar. */
function inUsr(path: string): string {
  const from = path.replace(/^\//, '');
  return from.startsWith('usr/') ? from : `usr/${from}`;
}

/** The libraries in what ldd(1) prints; of several files, each is named in a line of its own that is not indented. */
export function libraries(text: string): readonly string[] {
  return [...new Set(text.split('\n').flatMap((line) => /(?:^\s+|=> )(\/\S+)/.exec(line)?.[1] ?? []))];
}

async function copyInto(root: string, path: string, from: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await cp(from, join(root, path), { dereference: true });
}
