import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file that is there whole or not at all: beside it first, then renamed over it. Not synced: the run's folder must survive
 * svclab's death, not the machine's.
 */
export async function writeAtomically(path: string, data: string | Uint8Array, mode = 0o666): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeFile(temporary, data, { flag: 'wx', mode });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A name beside `path` that no other writer uses. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}`);
}
