import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../core/errors.js';

/**
 * Vagrant notes which machine belongs to a checkout in the checkout's own `.vagrant`, and beside it for which folder it made the machine. In a copied checkout that note
 * leads to the VM of another one. To be asked before vagrant is: it writes the note anew whenever it looks.
 * @throws UsageError for a VM that another checkout made.
 */
export async function refuseOthersVm(root: string, machine: string): Promise<void> {
  const machines = join(root, '.vagrant', 'machines', machine);
  for (const provider of await readdir(machines).catch(() => [])) {
    const id = await note(join(machines, provider, 'id'));
    if (id === '') continue;
    const madeFor = await note(join(machines, provider, 'vagrant_cwd'));
    if ((await whole(madeFor)) === (await whole(root))) continue;
    throw new UsageError(
      `the VM that ${join(root, '.vagrant')} leads to was made for ${madeFor === '' ? 'an unknown folder' : madeFor}, and is left alone`,
      {
        hint: `if this is a copy of that checkout, remove ${join(root, '.vagrant')}: a VM of its own is made then. If the checkout was moved: type \`vagrant status\` here, and this VM is taken for its own`,
      },
    );
  }
}

async function note(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim();
}

async function whole(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
