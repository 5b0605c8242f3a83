import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { EnvironmentError, UsageError } from '../core/errors.js';
import { type EvidenceReader, folderReader } from './evidence-reader.js';
import { digestFile, type FileDigest, type Manifest, manifestName, parseManifest } from './manifest.js';
import { UnreadableError } from './unreadable.js';
import { codeOf } from './write-failure.js';

/** A run that was sealed, and whose files are still what they were. */
export interface StoredRun {
  /** Absolute. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Files in the folder that the manifest does not list; nothing reads them. */
  readonly unlisted: readonly string[];
  /** Reads the listed files and no others. */
  readonly reader: EvidenceReader;
}

/**
 * Loads a run's folder and compares every file with the manifest's digest.
 * @throws UsageError when there is no run in the folder; EnvironmentError when its manifest is wrong, or that names every file that is
 * missing or differs.
 */
export async function openRun(folder: string): Promise<StoredRun> {
  const path = resolve(folder);
  const manifest = parseManifest(await readManifest(path), join(path, manifestName));
  const faults = await Promise.all(Object.entries(manifest.files).map(([name, digest]) => faultOf(path, name, digest)));
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length > 0) {
    throw new EnvironmentError([`the evidence in ${path} is not what was sealed:`, ...found.map((fault) => `  ${fault}`)].join('\n'), {
      hint: 'the folder was changed after the run; run the lab again',
    });
  }
  const files = folderReader(path);
  const read = (name: string) => {
    if (!Object.hasOwn(manifest.files, name)) throw new UnreadableError(name, 'the manifest does not list this file');
    return files.read(name);
  };
  return { folder: path, manifest, unlisted: await unlistedIn(path, manifest), reader: { read } };
}

async function readManifest(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, manifestName), 'utf8');
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UsageError(`${folder} is not the folder of a finished run: it has no ${manifestName}`, {
        hint: 'give the folder that svclab run named at its end; a run that was killed is not sealed',
        cause,
      });
    }
    throw new EnvironmentError(`${join(folder, manifestName)} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

async function faultOf(folder: string, name: string, expected: FileDigest): Promise<string | undefined> {
  try {
    const found = await digestFile(join(folder, name));
    if (found.sha256 === expected.sha256 && found.bytes === expected.bytes) return undefined;
    return `${name}: expected sha256 ${expected.sha256} (${expected.bytes} bytes), found ${found.sha256} (${found.bytes} bytes)`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return `${name}: expected sha256 ${expected.sha256}, found no such file`;
    return `${name}: expected sha256 ${expected.sha256}, but it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function unlistedIn(folder: string, manifest: Manifest): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((name) => name !== manifestName && !Object.hasOwn(manifest.files, name))
    .sort();
}
