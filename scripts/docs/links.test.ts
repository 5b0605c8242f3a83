import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';
import { codeIn, documents, root } from './markdown.js';

const all = documents();

/** As GitHub makes a heading's anchor: lower case, without punctuation, a hyphen for each blank. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

t.test('links between the documents lead somewhere', async (t) => {
  let count = 0;
  for (const { file, prose } of all) {
    for (const [, target = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      count += 1;
      const [path = '', anchor] = target.split('#');
      const wanted = path === '' ? file : normalize(join(dirname(file), path));
      t.ok(existsSync(join(root, wanted)), `${file}: ${target}`);
      if (anchor === undefined) continue;
      const headings = all.find((other) => other.file === wanted)?.headings ?? [];
      t.ok(
        headings.some(({ text }) => anchorOf(text) === decodeURIComponent(anchor)),
        `${file}: ${target}`,
      );
    }
  }
  t.ok(count > 10);
});

t.test('every document is reached from the README', async (t) => {
  const [readme] = all;
  t.strictSame(
    all.filter(({ file }) => file.startsWith('docs/') && !readme?.prose.includes(`(${file})`)).map(({ file }) => file),
    [],
  );
});

t.test('files and folders of the checkout that are named are there', async (t) => {
  const inside = /^(src|labs|scripts|docs|bench)\/[\w./-]+$/;
  // What a reader is told to make.
  const own = /two-pods|every-endpoint/;
  for (const { file, prose } of all) {
    for (const name of codeIn(prose).filter((word) => inside.test(word) && !own.test(word)))
      t.ok(existsSync(join(root, name)), `${file}: ${name}`);
  }
});

t.test('no document names a path of one machine', async (t) => {
  for (const { file, prose, blocks } of all) {
    const text = [prose, ...blocks.map((block) => block.text)].join('\n');
    t.notMatch(text, /(?:^|[\s`(])\/(?:home|root|tmp|work|var\/tmp|Users)\//m, file);
  }
});
