import { readdir, readFile, readlink, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../../../core/cluster.js';

const gib = 2 ** 30;
/** Four nodes with a lab's workloads, as measured. */
const memoryNeed = 2.5 * gib;
/** Below `least` the images do not fit into the nodes; a cluster that is used for long wants `enough`. */
const disk = { least: 2 * gib, enough: 6 * gib };
/** `need`: the least that four idle nodes were seen with (62 to 65); `wanted`: https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files */
const instances = { need: 62, wanted: 512 };
/** Four idle nodes have some 800. */
const watches = { need: 1_000, wanted: 524_288 };

/** @param engineMemory bytes that the engine's machine has: less than this one's where it is a virtual one. */
export async function memoryFinding(proc: string, engineMemory: number | undefined): Promise<Finding> {
  const text = await readFile(join(proc, 'meminfo'), 'utf8').catch(() => '');
  const kib = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);
  const here = (kib('MemAvailable') + (kib('SwapFree') || 0)) * 1024;
  const known = [here, engineMemory ?? Number.NaN].filter((bytes) => !Number.isNaN(bytes));
  const what = 'memory';
  if (known.length === 0) return { what, ok: true, detail: 'how much is free is not known' };
  const free = Math.min(...known);
  const detail = `${size(free)} free, four nodes need about ${size(memoryNeed)}`;
  if (free >= memoryNeed) return { what, ok: true, detail };
  return { what, ok: false, detail, hint: 'end other programs, or give the machine (or the engine’s virtual machine) more' };
}

/** @param root the engine's data folder; what cannot be looked at from here, in a virtual machine, is let pass. */
export async function diskFinding(root: string): Promise<Finding> {
  const what = 'disk';
  const free = await statfs(root).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
  if (free === undefined) return { what, ok: true, detail: `${root} cannot be seen from here` };
  const detail = `${size(free)} free for ${root}`;
  const hint = `free some space there: 'docker system df' shows what is used, 'docker system prune' removes what nothing uses`;
  if (free >= disk.enough) return { what, ok: true, detail };
  return { what, ok: free >= disk.least, detail: `${detail}, ${size(disk.enough)} are better`, hint };
}

/** systemd, the kubelet and others of each node wait for files to change, all as one user. Without what they need, nodes do not come up. */
export async function inotifyFindings(proc: string): Promise<readonly Finding[]> {
  const limit = async (name: string): Promise<number> => Number(await readFile(join(proc, 'sys/fs/inotify', name), 'utf8').catch(() => ''));
  const found = await Promise.all([limit('max_user_instances'), limit('max_user_watches')]);
  const used = await instancesInUse(proc);
  return [setting('max_user_instances', found[0], instances, used), setting('max_user_watches', found[1], watches, undefined)];
}

function setting(name: string, limit: number, { need, wanted }: typeof instances, used: number | undefined): Finding {
  const what = `inotify ${name.replace('max_user_', '')}`;
  const taken = used === undefined ? '' : `, ${used} of them in use by root`;
  if (Number.isNaN(limit) || limit === 0) return { what, ok: true, detail: 'the limit is not known' };
  if (limit >= wanted && limit - (used ?? 0) >= need) return { what, ok: true, detail: `${limit}${taken}` };
  const left = limit - (used ?? 0);
  return {
    what,
    ok: left >= need,
    detail: `${limit}${taken}; four nodes take ${need}, and kind asks for ${wanted}`,
    hint: `sudo sysctl fs.inotify.${name}=${wanted} (for good: a line in /etc/sysctl.d/)`,
  };
}

/** How many root's processes have, which share one limit with the nodes; undefined where this user cannot see them. */
async function instancesInUse(proc: string): Promise<number | undefined> {
  const counts = await Promise.all((await readdir(proc)).filter((name) => /^\d+$/.test(name)).map((pid) => instancesOf(join(proc, pid))));
  return counts.includes('hidden') ? undefined : counts.reduce<number>((sum, count) => sum + Number(count), 0);
}

async function instancesOf(folder: string): Promise<number | 'hidden'> {
  const status = await readFile(join(folder, 'status'), 'utf8').catch(() => '');
  if (!/^Uid:\t0\t/m.test(status)) return 0;
  try {
    const fds = await readdir(join(folder, 'fd'));
    const links = await Promise.all(fds.map((fd) => readlink(join(folder, 'fd', fd)).catch(() => '')));
    return links.filter((link) => link === 'anon_inode:inotify').length;
  } catch (error) {
    // A process that has ended meanwhile has none.
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'hidden' : 0;
  }
}

function size(bytes: number): string {
  return `${(bytes / gib).toFixed(1)} GiB`;
}
