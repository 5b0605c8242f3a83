/**
 * Writes the files that are made from the program itself: the JSON Schema that editors use for lab files. `--check` writes nothing and fails
 * when one of them is not what it would be.
 */
import { join } from 'node:path';
import { $, argv, chalk, fs } from 'zx';

$.verbose = false;
const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'build', 'src', 'cli', 'main.js');

const generated = [{ file: 'labs/lab.schema.json', text: async () => (await $`node ${program} schema`).stdout }];

let stale = 0;
for (const { file, text } of generated) {
  const wanted = await text();
  const path = join(root, file);
  const present = (await fs.pathExists(path)) ? await fs.readFile(path, 'utf8') : '';
  if (present === wanted) continue;
  if (argv['check']) {
    console.error(chalk.red(`${file} is not what the program makes: npm run generate`));
    stale += 1;
  } else {
    await fs.writeFile(path, wanted);
    console.error(`wrote ${file}`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
