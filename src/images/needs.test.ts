import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { CommandResult, Executor } from '../core/executor.js';
import { artifactDigest } from './digests.js';
import { checkNeeds, compareVersions, lacksOf, type Means, type Needs, needsOf } from './needs.js';
import { smallShop } from './testing/shop.js';

const needs: Needs = { go: '1.22.0', debian: true, root: true, disk: 5e9 };
const rich: Means = { go: 'go version go1.22.0 linux/amd64', debootstrap: true, debianKeys: true, root: true, free: 5e9 };

t.test('a machine that has all', async (t) => {
  t.strictSame(lacksOf(needs, rich, '/cache'), []);
});

t.test('everything that is missing is told, each once', async (t) => {
  const poor: Means = { go: undefined, debootstrap: false, debianKeys: false, root: false, free: 1e9 };
  t.strictSame(
    lacksOf(needs, poor, '/cache').map(({ what }) => what),
    ['Go is not there', 'debootstrap is not there', "Debian's keys are not there", 'this is not root', 'too little disk'],
  );
  t.strictSame(
    lacksOf({ go: undefined, debian: false, root: false, disk: 0 }, poor, '/cache'),
    [],
    'and what nothing asks for is not missed',
  );
  t.match(lacksOf(needs, { ...rich, go: 'go version go1.19.8 linux/amd64' }, '/cache'), [
    { what: 'Go is too old (1.19.8)', hint: /1\.22\.0 or newer/ },
  ]);
});

t.test('versions by their numbers', async (t) => {
  t.ok(compareVersions('1.9', '1.22.0') < 0);
  t.ok(compareVersions('1.26.8', '1.22.0') > 0);
  t.equal(compareVersions('1.22', '1.22.0'), 0);
});

t.test('what the cache holds asks for nothing; what it lacks, with what that is made from', async (t) => {
  const shop = smallShop(t);
  const source = {
    ...shop.source,
    artifacts: {
      ...shop.source.artifacts,
      base: { kind: 'debian', suite: 'x', packages: [] } as const,
      some: { kind: 'programs', from: 'base', programs: [], plugins: 'x', extra: [] } as const,
    },
  };
  const put = (name: string) => {
    const folder = join(shop.cache, `${name}-${source.machine}-${artifactDigest(source, name).slice(0, 16)}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'software.txt'), '');
  };
  t.match(needsOf({ ...shop, source }, ['hello']), { go: '1.20', debian: false, root: false });
  t.match(needsOf({ ...shop, source }, ['some']), { go: undefined, debian: true, root: true });
  put('base');
  t.match(needsOf({ ...shop, source }, ['some']), { debian: false, root: true });
  put('some');
  put('hello');
  t.equal(needsOf({ ...shop, source }, ['some', 'hello']), undefined);
});

t.test('one message with all of it, and one command', async (t) => {
  const nothing: Executor = {
    place: 'local',
    run: async (argv): Promise<CommandResult> => ({
      place: 'local',
      argv,
      ended: 'not-started',
      exitCode: null,
      signal: null,
      stdout: '',
      stderr: '',
      durationMs: 0,
    }),
    start: async () => {
      throw new Error('nothing is started');
    },
  };
  const shop = smallShop(t, 'one', nothing);
  const source = { ...shop.source, artifacts: { ...shop.source.artifacts, base: { kind: 'debian', suite: 'x', packages: [] } as const } };
  await t.rejects(checkNeeds({ ...shop, source }, ['hello', 'base']), {
    name: 'UnmetError',
    message:
      /Go is not there: .*\n {2}- debootstrap is not there: .*\n(?:.*\n)*? {2}- this is not root: .*\n(?:.*\n)*? {2}on Debian and Ubuntu: sudo apt-get install -y --no-install-recommends debootstrap/,
  });
});
