import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isGone } from './maker.js';

const prefix = 'svclab-kind-';

/**
 * A folder for the files of this process. Those that killed ones have left are removed: the process stands in the folder's name.
 * @param maker `thisProcess`.
 */
export async function temporaryFolder(maker: string): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    // What follows the last hyphen is mkdtemp's.
    const left = name.startsWith(prefix) ? name.slice(prefix.length).replace(/-[^-]*$/, '') : '';
    // Another user's cannot be removed, and stays.
    if (await isGone(left)) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
  return mkdtemp(join(tmpdir(), `${prefix}${maker}-`));
}
