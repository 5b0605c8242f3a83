import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { smallShop } from './testing/shop.js';
import { inWorkFolder, removeLeftovers, run, told } from './workshop.js';

t.test('a work folder goes with its use, also when that fails', async (t) => {
  const parent = join(t.testdir(), 'new');
  const seen = await inWorkFolder(parent, async (folder) => {
    t.ok(existsSync(folder));
    return folder;
  });
  t.ok(seen.startsWith(`${parent}/.svclab-part-${process.pid}-`));
  await t.rejects(
    inWorkFolder(parent, async () => {
      throw new Error('no');
    }),
    { message: 'no' },
  );
  t.strictSame(readdirSync(parent), []);
});

t.test('what a killed process left goes; what a running one works in, and what is not ours, stays', async (t) => {
  const ended = spawnSync('true').pid;
  const parent = t.testdir({
    [`.svclab-part-${ended}-abc`]: { file: 'x' },
    [`.svclab-part-${process.pid}-abc`]: { file: 'x' },
    '.svclab-part-x': {},
    [`other-${ended}-abc`]: {},
  });
  await removeLeftovers(parent);
  t.strictSame(readdirSync(parent).sort(), [`.svclab-part-${process.pid}-abc`, '.svclab-part-x', `other-${ended}-abc`].sort());
  mkdirSync(join(parent, `.svclab-part-${ended}-def`));
  await inWorkFolder(parent, async () => t.notOk(existsSync(join(parent, `.svclab-part-${ended}-def`))));
});

t.test('a tool that fails is told with its last words; a full disk with what to do', async (t) => {
  const shop = smallShop(t);
  await t.rejects(run(shop, ['sh', '-c', 'echo one; echo two >&2; exit 3']), {
    name: 'EnvironmentError',
    message: "'sh -c echo one; echo two >&2; exit 3 ...' failed (exit 3): one\n\ntwo",
    hint: undefined,
  });
  await t.rejects(run(shop, ['sh', '-c', 'echo No space left on device >&2; exit 1']), {
    name: 'EnvironmentError',
    hint: /^the disk is full/,
  });
  const ending = new AbortController();
  ending.abort(new Error('the user said so'));
  await t.rejects(run({ ...shop, signal: ending.signal }, ['true']), { message: 'the user said so' });
});

t.test('work is told before and after, and only before when it fails', async (t) => {
  const shop = smallShop(t);
  const text = (en: string) => ({ en, ko: en });
  t.equal(await told(shop, text('doing'), text('done'), async () => 7), 7);
  await t.rejects(
    told(shop, text('doing more'), text('done'), () => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
  t.strictSame(shop.heard, ['+ doing', '- done', '+ doing more']);
});
