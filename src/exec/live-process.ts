import { readFile, readlink } from 'node:fs/promises';

/** A process that is known again: its number alone may have been given to another since. */
export interface KnownProcess {
  readonly pid: number;
  /** Clock ticks from the machine's start to the process's (proc(5), /proc/pid/stat, field 22). */
  readonly startedAt: number;
}

/** Where a process number means something: one machine, from one start of it to the next, in one PID namespace. */
export interface PidRealm {
  /** machine-id(5); empty where the system has none. */
  readonly machine: string;
  readonly boot: string;
  /** As the kernel names it: `pid:[4026531836]`. */
  readonly pids: string;
}

/** The process of that number, or this one; undefined when there is none, or only what its parent has not collected yet. */
export async function processAt(pid: number | 'self'): Promise<KnownProcess | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in the second field may hold blanks and parentheses; state is the field behind it, the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', startedAt = ''] = [fields[0], fields[19]];
  return startedAt === '' || state === 'Z' || state === 'X' ? undefined : { pid: Number.parseInt(stat, 10), startedAt: Number(startedAt) };
}

/** What the kernel calls it: at most 15 characters (proc(5), /proc/pid/comm). Empty when it is gone. */
export async function nameOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trimEnd();
}

export async function isAlive({ pid, startedAt }: KnownProcess): Promise<boolean> {
  return (await processAt(pid))?.startedAt === startedAt;
}

/** The real uid of a process, as this process's user namespace counts; `self` is this one. Undefined when it is gone. */
export async function userOf(pid: number | 'self'): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const uid = /^Uid:\t(\d+)/m.exec(status)?.[1];
  return uid === undefined ? undefined : Number(uid);
}

export async function pidRealm(): Promise<PidRealm> {
  const text = async (file: string): Promise<string> => (await readFile(file, 'utf8').catch(() => '')).trim();
  return {
    machine: await text('/etc/machine-id'),
    boot: await text('/proc/sys/kernel/random/boot_id'),
    pids: await readlink('/proc/self/ns/pid'),
  };
}
