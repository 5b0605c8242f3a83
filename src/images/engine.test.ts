import t, { type Test } from 'tap';
import type { CommandResult, Executor } from '../core/executor.js';
import { recipeDigest } from './digests.js';
import { imageStates } from './engine.js';
import { smallShop, type TestShop } from './testing/shop.js';

type Answer = Pick<CommandResult, 'ended' | 'exitCode' | 'stdout' | 'stderr'>;

/** A docker command that gives one answer, and remembers what it was asked. */
function shopWith(t: Test, answer: (shop: TestShop) => Partial<Answer>) {
  const asked: (readonly string[])[] = [];
  const executor: Executor = {
    place: 'local',
    run: async (argv) => {
      asked.push(argv);
      const base = { place: 'local', argv, ended: 'exit', exitCode: 0, signal: null, stdout: '[]', stderr: '', durationMs: 1 } as const;
      return { ...base, ...answer(shop) };
    },
    start: async () => {
      throw new Error('nothing is started');
    },
  };
  const shop: TestShop = smallShop(t, 'one', executor);
  return { shop, asked };
}

function inspected(tags: readonly string[], label: string, id = 'sha256:1', more: object = {}): object {
  return {
    Id: id,
    RepoTags: tags,
    Size: 5,
    RootFS: { Layers: ['sha256:a'] },
    Config: { Labels: { 'svclab.recipe': label, 'svclab.software': '3' }, ...more },
  };
}

const hello = ['svclab-test/hello:one', 'svclab-test/again:one'];
const outer = ['svclab-test/outer:one'];

t.test('one question for all; an image is current under all of its names', async (t) => {
  const digestOf = (shop: TestShop, i: number) => shop.source.recipes.map((recipe) => recipeDigest(shop.source, recipe))[i] ?? '';
  const all = shopWith(t, (shop) => ({
    stdout: JSON.stringify([inspected(hello, digestOf(shop, 0)), inspected(hello, digestOf(shop, 0)), inspected(outer, 'old', 'sha256:2')]),
  }));
  t.match(await imageStates(all.shop), [
    { state: 'current', image: { id: 'sha256:1', bytes: 5, software: 3 } },
    { state: 'outdated', image: { id: 'sha256:2', recipe: 'old' } },
  ]);
  t.strictSame(all.asked, [['docker', 'image', 'inspect', ...hello, ...outer]]);
  const some = shopWith(t, (shop) => ({
    exitCode: 1,
    stdout: JSON.stringify([inspected(hello.slice(1), digestOf(shop, 0))]),
    stderr: 'Error response from daemon: No such image: svclab-test/hello:one',
  }));
  t.match(
    await imageStates(some.shop),
    [{ state: 'outdated' }, { state: 'missing', image: undefined }],
    'one of its names alone is not enough',
  );
});

t.test('the same content on another engine: its own id, and null or nothing for what is not set', async (t) => {
  const content = async (id: string, more: object) => {
    const { shop } = shopWith(t, () => ({
      stdout: JSON.stringify([inspected(outer, 'x', id, more)]),
      exitCode: 1,
      stderr: 'no such image',
    }));
    return (await imageStates(shop))[1]?.image?.content;
  };
  const first = await content('sha256:1', { Cmd: null, StopSignal: '' });
  t.match(first, /^[0-9a-f]{64}$/);
  t.equal(await content('sha256:2', {}), first);
  t.not(await content('sha256:1', { Cmd: ['sh'] }), first);
  t.not(await content('sha256:1', { Labels: { 'svclab.recipe': 'y' } }), first);
});

t.test('no engine, no permission, no docker: what is missing and what to do', async (t) => {
  for (const [answer, message, hint] of [
    [
      { exitCode: 1, stderr: 'Cannot connect to the Docker daemon at unix:///x' },
      /^no Docker engine answers: Cannot connect/,
      /systemctl start docker/,
    ],
    [{ exitCode: 1, stderr: 'permission denied while trying to connect' }, /^this user may not use the Docker engine/, /usermod/],
    [{ ended: 'not-started', exitCode: null, stderr: 'spawn docker ENOENT' }, /^the docker command is not there/, /install Docker/],
  ] as const) {
    await t.rejects(imageStates(shopWith(t, () => answer).shop), { name: 'UnmetError', message, hint, exitCode: 3 });
  }
  await t.rejects(imageStates(shopWith(t, () => ({ stdout: 'what?' })).shop), { name: 'EnvironmentError', message: /does not understand/ });
});
