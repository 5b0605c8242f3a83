import { chmod, chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Launcher } from './suite.js';

/** uid and gid of nobody on Debian and Ubuntu: a user with an entry in passwd(5), and without any right. */
const nobody = 65534;
const become = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] as const;

/** The tests of `root` as an ordinary user runs them; `forbidden` says why this machine lets no such user make a sandbox. */
export interface OrdinaryUser {
  readonly root: string;
  readonly launcher: Launcher;
  readonly forbidden?: string;
  readonly remove: () => Promise<void>;
}

/**
 * Makes ready, as root, what the user nobody needs: a home and a folder for temporary files, and, where the checkout or node lies in a
 * place that only root can read, a copy of it. The environment is a bare one: an ordinary user's PATH has no sbin folders.
 */
export async function ordinaryUser(root: string): Promise<OrdinaryUser> {
  const base = await mkdtemp(join((await canEnter(tmpdir())) ? tmpdir() : '/tmp', 'svclab-nobody-'));
  await chmod(base, 0o755);
  const home = join(base, 'home');
  const temporary = join(base, 'tmp');
  for (const folder of [home, temporary]) {
    await mkdir(folder);
    await chown(folder, nobody, nobody);
  }
  const node = (await succeeds(...become, process.execPath, '--version')) ? process.execPath : await copyNode(base);
  const readable = await succeeds(...become, node, '--check', join(root, 'build/scripts/test.js'));
  const env = {
    PATH: `${dirname(node)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    TMPDIR: temporary,
    USER: 'nobody',
    LOGNAME: 'nobody',
    LANG: 'C.UTF-8',
    CI: process.env.CI,
    SVCLAB_CI_RUN: process.env.SVCLAB_CI_RUN,
  };
  const forbidden = await whyNoSandbox();
  return {
    root: readable ? root : await copyCheckout(root, base),
    launcher: { prefix: become, node, cwd: temporary, env },
    ...(forbidden === undefined ? {} : { forbidden }),
    remove: () => rm(base, { recursive: true, force: true }),
  };
}

async function copyNode(base: string): Promise<string> {
  await mkdir(join(base, 'bin'));
  await execa('cp', ['--reflink=auto', process.execPath, join(base, 'bin/node')]);
  await chmod(join(base, 'bin/node'), 0o755);
  return join(base, 'bin/node');
}

/** Not hard links: opening the copy's permissions would open the original's too. */
async function copyCheckout(root: string, base: string): Promise<string> {
  const copy = join(base, 'checkout');
  await mkdir(copy);
  const entries = (await readdir(root)).filter((entry) => !['.git', '.tap', 'runs'].includes(entry));
  await execa('cp', ['-a', '--reflink=auto', ...entries, copy], { cwd: root });
  await execa('chmod', ['-R', 'go+rX', copy]);
  return copy;
}

async function whyNoSandbox(): Promise<string | undefined> {
  const result = await execa('setpriv', [...become.slice(1), 'unshare', '--user', '--map-current-user', '--net', 'true'], {
    reject: false,
  });
  return result.exitCode === 0 ? undefined : result.stderr.trim();
}

async function canEnter(folder: string): Promise<boolean> {
  return succeeds(...become, 'test', '-x', folder);
}

async function succeeds(command: string, ...args: readonly string[]): Promise<boolean> {
  return (await execa(command, args, { reject: false, stdio: 'ignore', cwd: '/' })).exitCode === 0;
}
