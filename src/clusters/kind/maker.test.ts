import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { waitFor } from '../../core/wait.js';
import { localExecutor } from '../../exec/local.js';
import { isGone, livingMaker, makerVariable, signalAll, startedBy, thisProcess } from './maker.js';
import { temporaryFolder } from './temporary.js';

const self = await thisProcess();
const [boot, namespace, pid, started] = self.split('.');

t.test('a process is known again while it runs', async (t) => {
  t.equal(Number(pid), process.pid);
  t.equal(await livingMaker(self), process.pid);
  t.equal(await isGone(self), false);
});

t.test('another that was given the same number is not taken for it', async (t) => {
  const earlier = [boot, namespace, pid, Number(started) - 1].join('.');
  t.equal(await livingMaker(earlier), undefined);
  t.equal(await isGone(earlier), true);
});

t.test('of a process of another boot, of another namespace, or of none, nothing is said', async (t) => {
  for (const maker of [`0.${namespace}.${pid}.${started}`, `${boot}.0.${pid}.${started}`, '', 'x', 'a.b.c']) {
    t.equal(await livingMaker(maker), undefined, maker);
    t.equal(await isGone(maker), false, maker);
    t.same(await startedBy(maker), []);
  }
});

t.test('what a maker has started is found by its environment, and ended', async (t) => {
  const maker = `${self}9`;
  const local = localExecutor({ [makerVariable]: maker });
  await using sleeping = await local.start(['sleep', '600']);
  const found = await waitFor('the program', async () => (await startedBy(maker)).find(({ name }) => name === 'sleep'), {
    ...{ intervalMs: 10, timeoutMs: 10_000 },
  });
  t.match(found.pid, /^\d+$/);
  await signalAll(localExecutor(), 'TERM', [found]);
  t.match(await sleeping.ended, { ended: 'signal', signal: 'SIGTERM' });
  t.same(await startedBy(maker), []);
});

t.test('a folder for temporary files takes those of killed processes with it, and no others', async (t) => {
  const folder = t.testdir();
  process.env['TMPDIR'] = folder;
  const earlier = [boot, namespace, pid, Number(started) - 1].join('.');
  const [dead, living, users] = [`svclab-kind-${earlier}-abcdef`, `svclab-kind-${self}-abcdef`, 'svclab-kind-notes'];
  for (const name of [dead, living, users]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'kubeconfig'), '');
  }
  const made = await temporaryFolder(self);
  const names = await readdir(folder);
  t.ok(made.startsWith(join(folder, `svclab-kind-${self}-`)));
  t.notOk(names.includes(dead));
  t.ok(names.includes(living) && names.includes(users));
  t.equal(names.length, 3);
});
