/**
 * Writes the files that are made from the program and its labs: the JSON Schema that editors use for lab files, and each lab's page in both
 * languages, the matrix of verdicts. `--check` writes nothing and fails
 * when one of them is not what it would be.
 */
import { join } from 'node:path';
import { $, argv, chalk, fs } from 'zx';
import { knownLabs } from '../src/cli/find-lab.js';
import { labRegistries } from '../src/cli/registries.js';
import { languages } from '../src/core/text.js';
import { loadLab } from '../src/schema/load-lab.js';
import { labReadme } from './generate/lab-readme.js';
import { matrixText, verdictsSchema } from './matrix/verdicts.js';

$.verbose = false;
const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'build', 'src', 'cli', 'main.js');

const labs = knownLabs().map((id) => loadLab(join(root, 'labs', id, 'lab.yaml'), labRegistries));

const generated: readonly { readonly file: string; readonly text: () => Promise<string> }[] = [
  { file: 'labs/lab.schema.json', text: async () => (await $`node ${program} schema`).stdout },
  {
    file: 'docs/matrix.md',
    text: async () => matrixText(labs, verdictsSchema.parse(await fs.readJson(join(root, 'docs', 'matrix.json')))),
  },
  ...labs.flatMap((lab) =>
    languages.map((language) => ({
      file: `labs/${lab.id}/README${language === 'en' ? '' : `.${language}`}.md`,
      text: async () => labReadme(lab, language),
    })),
  ),
];

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
