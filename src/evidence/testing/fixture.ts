import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of `src/evidence/fixtures`; tests run compiled, and only sources are there. */
export function fixture(name: string): Buffer {
  return readFileSync(join(repositoryRoot(), 'src/evidence/fixtures', name));
}

function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!(existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'labs')))) {
    if (folder === dirname(folder)) throw new Error('the repository was not found above this test');
    folder = dirname(folder);
  }
  return folder;
}
