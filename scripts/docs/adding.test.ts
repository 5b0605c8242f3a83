import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { document, root } from './markdown.js';

/** The example lies with the tests, where it is compiled and run; the document shows it where a reader would put it. */
function asShown(file: string): string {
  return readFileSync(join(root, 'scripts/docs', file), 'utf8')
    .replaceAll("'../../src/checks/", "'./")
    .replaceAll("'../../src/", "'../");
}

t.test('the example of a check, and its test, are files that are compiled and run', async (t) => {
  const shown = document('docs/adding.md')
    .blocks.filter(({ language }) => language === 'ts')
    .map(({ text }) => text);
  t.strictSame(shown, [asShown('every-endpoint.ts'), '  everyEndpointCheck,\n', asShown('every-endpoint.test.ts')]);
});
