import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { EvidenceSink } from '../core/evidence.js';
import { temporaryName, writeAtomically } from './atomic-file.js';
import { type EvidenceReader, folderReader } from './evidence-reader.js';
import {
  digestFile,
  type FileDigest,
  isFileName,
  manifestFormat,
  manifestName,
  parseManifest,
  printManifest,
  type RunRecord,
} from './manifest.js';
import { codeOf, writeFailure } from './write-failure.js';

/**
 * Makes `<root>/<time>-<lab>-<suffix>`, which no other run has, and the root where it is missing.
 * @throws EnvironmentError that names the root and what to do when it cannot be made.
 */
export async function createRunFolder(root: string, labId: string, now: Date): Promise<RunFolder> {
  if (!isFileName(labId) || labId.includes('/')) throw new Error(`'${labId}' cannot be part of a folder's name`);
  // `:` is not allowed in file names everywhere that a run may be copied to.
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-');
  try {
    await mkdir(root, { recursive: true });
    return new RunFolder(await makeOwn(resolve(root), `${time}-${labId}`));
  } catch (error) {
    throw writeFailure(resolve(root), error);
  }
}

/** mkdir(2) is what makes the name ours: of two runs with one name, one gets EEXIST and draws again. */
async function makeOwn(root: string, prefix: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const folder = join(root, `${prefix}-${randomBytes(3).toString('hex')}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || attempt === 16) throw error;
    }
  }
}

/** Where one run's evidence goes. */
export class RunFolder implements EvidenceSink {
  /** Absolute. */
  readonly path: string;
  readonly #names = new Set<string>();
  /** Folders all of whose files are evidence. */
  readonly #folders = new Set<string>();
  /** Folders that are known to be there. */
  readonly #made = new Set<string>();

  constructor(path: string) {
    this.path = path;
  }

  async write(name: string, data: string | Uint8Array): Promise<void> {
    const path = await this.pathFor(name);
    try {
      await writeAtomically(path, data);
    } catch (error) {
      throw writeFailure(this.path, error);
    }
  }

  async pathFor(name: string): Promise<string> {
    if (!isFileName(name) || name === manifestName) throw new Error(`'${name}' cannot be the name of a file of evidence`);
    const path = join(this.path, name);
    try {
      if (name.includes('/')) await this.#makeParents(dirname(name));
    } catch (error) {
      throw writeFailure(this.path, error);
    }
    this.#names.add(name);
    return path;
  }

  /** A folder inside, made at once, for files that another program writes and names; what it holds is part of the run when that is sealed. */
  async folderFor(name: string): Promise<string> {
    const folder = dirname(await this.pathFor(`${name}/file`));
    this.#names.delete(`${name}/file`);
    this.#folders.add(name);
    return folder;
  }

  /** Reads what has been written so far. */
  reader(): EvidenceReader {
    return folderReader(this.path);
  }

  /**
   * Writes the manifest, which is what makes the folder a run that can be judged again: also after an early stop, with what there is by then.
   * A file that was announced by `pathFor` and never written is left out. `latest`, beside the folder, then points to it, where it can.
   * @throws EnvironmentError when the folder cannot be written.
   */
  async seal(record: RunRecord): Promise<void> {
    const text = printManifest({ format: manifestFormat, ...record, files: await this.#digests() });
    // What could not be read again must fail here, not in a year.
    parseManifest(text, manifestName);
    try {
      await writeAtomically(join(this.path, manifestName), text);
    } catch (error) {
      throw writeFailure(this.path, error);
    }
    await pointLatestTo(this.path);
  }

  async #makeParents(parents: string): Promise<void> {
    // Not recursive from the root: when the folder itself is gone, that is an error, not something to make again.
    let folder = this.path;
    for (const part of parents.split('/')) {
      folder = join(folder, part);
      if (this.#made.has(folder)) continue;
      await mkdir(folder).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
      this.#made.add(folder);
    }
  }

  async #filesBelow(folder: string): Promise<readonly string[]> {
    const entries = await readdir(join(this.path, folder), { recursive: true, withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile()).map((entry) => relative(this.path, join(entry.parentPath, entry.name)));
    return names.filter(isFileName);
  }

  async #digests(): Promise<Record<string, FileDigest>> {
    const digests: [string, FileDigest][] = [];
    const inFolders = await Promise.all([...this.#folders].map((folder) => this.#filesBelow(folder)));
    for (const name of [...new Set([...this.#names, ...inFolders.flat()])].sort()) {
      try {
        digests.push([name, await digestFile(join(this.path, name))]);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw writeFailure(this.path, error);
      }
    }
    return Object.fromEntries(digests);
  }
}

/** Best effort: a convenience must not fail a run, and a root without symlinks, or with a real `latest`, is left as it is. */
export async function pointLatestTo(folder: string): Promise<void> {
  const latest = join(dirname(folder), 'latest');
  const temporary = temporaryName(latest);
  try {
    await symlink(basename(folder), temporary);
    await rename(temporary, latest);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
