import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';

/**
 * For tests alone: all of the machine that a cluster could leave something in. Other programs come and go meanwhile, so processes are those that
 * carry `mark` in their environment, and namespaces those that such a process is in.
 */
export interface HostState {
  /** Everything, to be compared as a whole. */
  readonly text: string;
  readonly addresses: ReadonlySet<string>;
}

/** What every process of a test's cluster carries: the agent is handed this process's environment. */
const mark = `SVCLAB_TEST_MARK=${process.pid}`;

export function markedEnvironment(): NodeJS.ProcessEnv {
  const [name = '', value = ''] = mark.split('=');
  return { ...process.env, [name]: value };
}

export async function hostState(): Promise<HostState> {
  const [mounts, links, rules, processes] = await Promise.all([
    readFile('/proc/self/mounts', 'utf8'),
    command('ip', '-o', 'link').then((text) => text.replaceAll(/^\d+: /gm, '')),
    rulesOfHost(),
    marked(),
  ]);
  const addresses = new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)));
  return { text: [mounts, links, rules, ...processes].join('\n'), addresses };
}

/** Processes that belong to this test's clusters, with the namespaces that they hold. */
async function marked(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      if (!environ.split('\0').includes(mark)) return [];
      const namespaces = await Promise.all(['net', 'mnt', 'pid'].map((kind) => readlink(`/proc/${pid}/ns/${kind}`).catch(() => '')));
      return [`process ${pid} ${namespaces.join(' ')}`];
    }),
  );
  return found.flat();
}
