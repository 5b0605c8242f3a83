import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { artifactDigest, recipeDigest, type Source, treeDigest } from './digests.js';
import type { Recipe } from './recipe.js';
import { artifacts, recipes } from './recipes.js';

const recipe: Recipe = { name: 'one', folder: 'one', tags: ['one:1'], parts: [{ to: 'one', artifact: 'program' }] };
const second: Recipe = { name: 'two', folder: 'one', tags: ['two:1'], parts: [{ to: 'one.tar', images: ['one'] }] };

function project(t: Test): Source & { readonly write: (file: string, text: string) => void } {
  const root = t.testdir({
    images: { one: { Dockerfile: 'FROM scratch\n' }, program: { 'main.go': 'package main\n', 'go.mod': 'module x\n' } },
  });
  return {
    root,
    node: 'v20.0.0',
    artifacts: {
      program: { kind: 'go', module: 'program', program: '.', ldflags: [] },
      root: { kind: 'debian', suite: 'bookworm', packages: ['bash'] },
      tools: { kind: 'programs', from: 'root', programs: [], plugins: 'x', extra: [] },
      node: { kind: 'node' },
    },
    recipes: [recipe, second],
    programs: [],
    machine: 'x64',
    write: (file, text) => {
      mkdirSync(join(root, file, '..'), { recursive: true });
      writeFileSync(join(root, file), text);
    },
  };
}

t.test('the same sources give the same digest', async (t) => {
  const source = project(t);
  t.equal(recipeDigest(source, recipe), recipeDigest({ ...source }, recipe));
  t.match(recipeDigest(source, recipe), /^[0-9a-f]{64}$/);
});

t.test('whatever goes into an image changes its digest, and that of an image which holds it', async (t) => {
  for (const [file, text] of [
    ['images/one/Dockerfile', 'FROM scratch\nCOPY one /\n'],
    ['images/one/more', 'x'],
    ['images/program/main.go', 'package main // changed\n'],
    ['images/program/other.go', 'package main\n'],
  ] as const) {
    const source = project(t);
    const before = [recipeDigest(source, recipe), recipeDigest(source, second)];
    source.write(file, text);
    t.not(recipeDigest(source, recipe), before[0], file);
    t.not(recipeDigest(source, second), before[1], `${file}, in the image that holds it`);
  }
});

t.test('a file that may be run is another file', async (t) => {
  const source = project(t);
  const file = join(source.root, 'images/one/Dockerfile');
  const before = treeDigest(join(source.root, 'images/one'));
  chmodSync(file, 0o755);
  t.not(treeDigest(join(source.root, 'images/one')), before);
});

t.test('an artifact hangs on what it is made from', async (t) => {
  const source = project(t);
  const others = {
    ...source,
    artifacts: { ...source.artifacts, root: { kind: 'debian', suite: 'bookworm', packages: ['bash', 'zsh'] } as const },
  };
  t.not(artifactDigest(others, 'tools'), artifactDigest(source, 'tools'));
  t.equal(artifactDigest(others, 'program'), artifactDigest(source, 'program'));
  t.not(artifactDigest({ ...source, node: 'v20.0.1' }, 'node'), artifactDigest(source, 'node'));
  t.throws(() => artifactDigest(source, 'none'), { message: "there is no artifact 'none'" });
});

t.test('the recipes name artifacts and images that are there, in an order in which they can be built', async (t) => {
  const built = new Set<string>();
  for (const { name, parts } of recipes) {
    t.notOk(built.has(name), `${name} is there once`);
    for (const part of parts) {
      if ('artifact' in part) t.ok(artifacts[part.artifact], `${name}: ${part.artifact}`);
      if ('images' in part) for (const image of part.images) t.ok(built.has(image), `${name} after ${image}`);
    }
    built.add(name);
  }
});
