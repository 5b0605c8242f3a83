import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { diskFinding, inotifyFindings, memoryFinding } from './machine.js';

const meminfo = (available: number, swap = 0): string =>
  `MemTotal:       24684096 kB\nMemAvailable:   ${available} kB\nSwapTotal: 0 kB\nSwapFree:       ${swap} kB\n`;
const mib = 1024;

t.test('memory: what is available here, or what the engine has where that is less', async (t) => {
  const look = (available: number, engine?: number, swap = 0) => memoryFinding(t.testdir({ meminfo: meminfo(available, swap) }), engine);
  t.strictSame(await look(4096 * mib), { what: 'memory', ok: true, detail: '4.0 GiB free, four nodes need about 2.5 GiB' });
  t.match(await look(2048 * mib), { ok: false, detail: /^2\.0 GiB free/, hint: /end other programs/ });
  t.match(await look(2048 * mib, undefined, 1024 * mib), { ok: true }, 'swap counts');
  t.match(await look(8192 * mib, 2 * 2 ** 30), { ok: false, detail: /^2\.0 GiB/ }, 'a small virtual machine');
  t.match(await look(8192 * mib, 32 * 2 ** 30), { ok: true, detail: /^8\.0 GiB/ });
  t.match(await memoryFinding(t.testdir({}), undefined), { ok: true, detail: /not known/ });
});

t.test('disk: of the folder that the engine names, where it can be seen', async (t) => {
  const found = await diskFinding(t.testdir());
  t.match(found, { what: 'disk', detail: /^\d+\.\d GiB free for / });
  t.match(await diskFinding('/no/such/folder'), { ok: true, detail: '/no/such/folder cannot be seen from here' });
  // proc(5) has room for nothing.
  t.match(await diskFinding('/proc'), { ok: false, detail: /^0\.0 GiB free for \/proc, 6\.0 GiB are better/, hint: /docker system df/ });
});

t.test('inotify: the limits, and what root has taken of them', async (t) => {
  const ample = await inotifyFindings(machine(t, 512, 524_288, 3));
  t.strictSame(ample, [
    { what: 'inotify instances', ok: true, detail: '512, 3 of them in use by root' },
    { what: 'inotify watches', ok: true, detail: '524288' },
  ]);
  const usual = await inotifyFindings(machine(t, 128, 8_192, 3));
  t.match(usual, [
    {
      ok: true,
      detail: /^128, 3 of them in use by root; four nodes take 62, and kind asks for 512/,
      hint: /sysctl fs\.inotify\.max_user_instances=512/,
    },
    { ok: true, hint: /sysctl fs\.inotify\.max_user_watches=524288/ },
  ]);
  const taken = await inotifyFindings(machine(t, 128, 8_192, 67));
  t.match(taken[0], { ok: false, detail: /^128, 67 of them/ }, 'another cluster has what four nodes need');
  t.match((await inotifyFindings(machine(t, 1024, 524_288, 1000)))[0], { ok: false }, 'however high the limit is');
  t.match(await inotifyFindings(machine(t, 32, 500, 0)), [{ ok: false }, { ok: false }]);
  t.match(await inotifyFindings(t.testdir({})), [
    { ok: true, detail: /not known/ },
    { ok: true, detail: /not known/ },
  ]);
});

/** A /proc in which root's process 7 has instances, and an ordinary user's process 8 has one. */
function machine(t: Test, instances: number, watches: number, used: number): string {
  const proc = t.testdir({
    sys: { fs: { inotify: { max_user_instances: `${instances}\n`, max_user_watches: `${watches}\n` } } },
    7: { status: 'Name:\tsystemd\nUid:\t0\t0\t0\t0\n' },
    8: { status: 'Name:\tbash\nUid:\t1000\t1000\t1000\t1000\n' },
  });
  for (const [pid, count] of [
    ['7', used],
    ['8', 1],
  ] as const) {
    mkdirSync(join(proc, pid, 'fd'));
    for (let fd = 0; fd < count; fd++) symlinkSync('anon_inode:inotify', join(proc, pid, 'fd', String(fd)));
    symlinkSync('/dev/null', join(proc, pid, 'fd', '9999'));
  }
  writeFileSync(join(proc, 'uptime'), '1 1\n');
  return proc;
}
