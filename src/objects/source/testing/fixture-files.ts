import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ManifestSource } from '../../../core/cluster.js';
import { InputError } from '../../../core/errors.js';
import { renderProblems } from '../render.js';

/** The folder with `package.json` and `labs`: tests run from build/, where only compiled files are. */
export const repositoryRoot = ((): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!(existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'labs')))) {
    if (folder === dirname(folder)) throw new Error('this is not run from inside a checkout');
    folder = dirname(folder);
  }
  return folder;
})();

export interface Fixture extends ManifestSource {
  /** What an `invalid-*.yaml` must give, rendered: the text file beside it. */
  readonly expected?: string;
}

/** The fixtures `valid-*.yaml` and `invalid-*.yaml` of a folder, each with its bare name as the file. */
export function fixtures(folder: string, prefix: 'valid-' | 'invalid-'): Fixture[] {
  const path = join(repositoryRoot, folder);
  return readdirSync(path)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.yaml'))
    .map((file) => {
      const source = { file, text: readFileSync(join(path, file), 'utf8') };
      return prefix === 'valid-'
        ? source
        : { ...source, expected: readFileSync(join(path, file.replace(/\.yaml$/, '.txt')), 'utf8').trimEnd() };
    });
}

/** The problems of a load as people read them; an empty text where there are none. Any other error is thrown on. */
export function problemsOf(load: () => unknown): string {
  try {
    load();
    return '';
  } catch (error) {
    if (error instanceof InputError) return renderProblems(error.problems);
    throw error;
  }
}
