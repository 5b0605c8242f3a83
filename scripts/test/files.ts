import { glob } from 'zx';

/**
 * The compiled tests of a kind, as sorted paths from the root. `words` filter by the path of the source: one of them must be in it.
 * Tests of a real cluster are `*.kind.test.ts`; all others are tests of this machine alone.
 */
export async function testFiles(root: string, which: 'ordinary' | 'kind', words: readonly string[]): Promise<readonly string[]> {
  const folders = 'build/{src,labs,scripts,bench}/**/';
  const files =
    which === 'kind'
      ? await glob(`${folders}*.kind.test.js`, { cwd: root })
      : await glob(`${folders}*.test.js`, { cwd: root, ignore: ['**/*.kind.test.js'] });
  return files.filter((file) => words.length === 0 || words.some((word) => file.replace(/\.js$/, '.ts').includes(word))).sort();
}
