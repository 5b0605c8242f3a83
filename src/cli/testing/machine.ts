import { readdir, readFile, readlink } from 'node:fs/promises';
import { processAt } from '../../exec/live-process.js';

/** The namespaces of the sandbox that a running svclab has made, as the kernel names them: `pid:[4026532]`. */
export interface SandboxNamespaces {
  readonly pid: string;
  readonly mnt: string;
}

/** The sandbox below a process: its child is unshare, whose own child lives in namespaces of its own. Undefined while there is none. */
export async function sandboxOf(pid: number): Promise<SandboxNamespaces | undefined> {
  for (const unshare of await childrenOf(pid)) {
    for (const holder of await childrenOf(unshare)) {
      const namespaces = await namespacesOf(holder);
      const own = await namespacesOf(pid);
      if (namespaces !== undefined && own !== undefined && namespaces.pid !== own.pid) return namespaces;
    }
  }
  return undefined;
}

/** The machine's clock as processes' start times are told in: ticks since it was started, a hundred a second (proc(5), /proc/uptime, sysconf(3)). */
export async function ticksNow(): Promise<number> {
  return Math.ceil(Number.parseFloat(await readFile('/proc/uptime', 'utf8')) * 100);
}

/**
 * Pids on this machine that live in the sandbox's PID or mount namespace and were started before `ticks`: the kernel gives a namespace that has ended
 * its number away, and another sandbox or a container may have it at once.
 */
export async function processesIn(sandbox: SandboxNamespaces, ticks: number): Promise<readonly number[]> {
  const found = await Promise.all(
    (await pids()).map(async (pid) => {
      const namespaces = await namespacesOf(pid);
      const inside = namespaces !== undefined && (namespaces.pid === sandbox.pid || namespaces.mnt === sandbox.mnt);
      return inside && ((await processAt(pid))?.startedAt ?? ticks) < ticks ? [pid] : [];
    }),
  );
  return found.flat();
}

/** Links, named network namespaces, rules and mounts of the machine itself, as text to compare. Rules only where the user may read them. */
export async function machineState(): Promise<Readonly<Record<string, string>>> {
  const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
  return {
    links: (await readdir('/sys/class/net')).sort().join(' '),
    namespaces: (await readdir('/run/netns').catch(() => [])).sort().join(' '),
    mounts: await read('/proc/self/mounts'),
    forwarding: await read('/proc/sys/net/ipv4/ip_forward'),
    tables: await read('/proc/net/ip_tables_names'),
  };
}

async function pids(): Promise<readonly number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}

async function namespacesOf(pid: number): Promise<SandboxNamespaces | undefined> {
  try {
    const [pidNamespace, mnt] = await Promise.all([readlink(`/proc/${pid}/ns/pid`), readlink(`/proc/${pid}/ns/mnt`)]);
    return { pid: pidNamespace, mnt };
  } catch {
    return undefined;
  }
}
