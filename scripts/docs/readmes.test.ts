import { join } from 'node:path';
import t from 'tap';
import { requiredTools } from '../../src/cli/package-root.js';
import { labRegistries } from '../../src/cli/registries.js';
import { exitCodes } from '../../src/core/errors.js';
import { type Language, languages } from '../../src/core/text.js';
import { loadLab } from '../../src/schema/load-lab.js';
import { codeIn, document, type Markdown, root } from './markdown.js';

const readmes: Readonly<Record<Language, Markdown>> = { en: document('README.md'), ko: document('README.ko.md') };
const { en, ko } = readmes;

t.test('both READMEs have the same shape', async (t) => {
  const levels = ({ headings }: Markdown) => headings.map(({ level }) => level);
  t.strictSame(levels(ko), levels(en), 'headings');
  t.ok(levels(en).length > 10);
  const kinds = ({ blocks }: Markdown) => blocks.map(({ language }) => language);
  t.strictSame(kinds(ko), kinds(en), 'code blocks');
  const items = ({ prose }: Markdown) => prose.split('\n').filter((line) => line.startsWith('- ')).length;
  t.equal(items(ko), items(en), 'list items');
});

t.test('both show the same commands, and the same words in code', async (t) => {
  const commands = ({ blocks }: Markdown) => blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
  t.strictSame(commands(ko), commands(en));
  const firstCells = ({ tables }: Markdown) => tables.map((table) => table.slice(1).map(([first = '']) => codeIn(first).join(' ')));
  t.strictSame(firstCells(ko), firstCells(en), 'what the tables are about');
  t.ok(firstCells(en).length >= 4);
});

for (const language of languages) {
  const readme = readmes[language];

  t.test(`${readme.file}: the exit codes are those of the program, in the order in which they apply`, async (t) => {
    const codes = readme.tables.map((table) => table.slice(1).map(([first = '']) => first)).find((cells) => cells.includes('143'));
    const { interrupted, terminated, usage, unmet, failed, environment, ok } = exitCodes;
    t.strictSame(codes?.map(Number), [interrupted, terminated, usage, unmet, failed, environment, ok]);
    t.strictSame(codes?.map(Number).sort(), Object.values(exitCodes).sort(), 'all of them');
  });

  t.test(`${readme.file}: what it shows of a run is what the lab says`, async (t) => {
    const [excerpt] = readme.blocks.filter(({ text }) => text.includes('[arrives-translated]'));
    const shown = joined(excerpt?.text ?? '');
    const step = loadLab(join(root, 'labs/clusterip/lab.yaml'), labRegistries).steps.find(({ id }) => id === 'wire');
    t.ok(step !== undefined && shown.includes(joined(step.text[language])));
    const claims = (step?.claims ?? []).filter(({ id }) => shown.includes(`[${id}]`));
    t.equal(claims.length, 2);
    for (const { id, says } of claims) t.ok(shown.includes(`${joined(says[language])}[${id}]`), id);
  });
}

t.test('the packages that are needed are those that the bootstrap installs', async (t) => {
  const tools = requiredTools();
  t.ok(tools.length >= 8 && tools.every(({ commands }) => commands.length > 0));
  for (const { prose, file } of [en, ko]) {
    const words = new Set(codeIn(prose));
    t.strictSame(
      tools.map((tool) => tool.package).filter((name) => !words.has(name)),
      [],
      file,
    );
  }
});

/** Without blanks: a terminal breaks lines, in Korean also within a sentence that has no blank there. */
function joined(text: string): string {
  return text.replace(/\s+/g, '');
}
