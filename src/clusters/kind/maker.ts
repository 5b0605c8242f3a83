import { readdir, readFile } from 'node:fs/promises';
import type { Executor } from '../../core/executor.js';
import { nameOf, pidRealm, processAt } from '../../exec/live-process.js';

/** Every program that a svclab process starts for a cluster has this in its environment, so that what outlives a killed svclab is known. */
export const makerVariable = 'SVCLAB_MAKER';

/**
 * The svclab process as it is known again, with dots between: the machine's boot, the PID namespace, the process's number, and when it started
 * (proc(5), /proc/pid/stat, field 22). Empty where the kernel does not show processes in /proc: nothing can be told of a maker then.
 */
export async function thisProcess(): Promise<string> {
  const [realm, self] = await Promise.all([realmHere(), processAt('self')]);
  return realm === undefined || self === undefined ? '' : [realm, self.pid, self.startedAt].join('.');
}

/** The number of the maker's process, if it still runs here. */
export async function livingMaker(maker: string): Promise<number | undefined> {
  const [realm, pid, started] = split(maker);
  if (realm === '' || realm !== (await realmHere())) return undefined;
  return (await processAt(Number(pid)))?.startedAt === Number(started) ? Number(pid) : undefined;
}

/** Whether the maker was a process of this boot and namespace, and runs no more. */
export async function isGone(maker: string): Promise<boolean> {
  const [realm] = split(maker);
  return realm !== '' && realm === (await realmHere()) && (await livingMaker(maker)) === undefined;
}

/** A program that a svclab process has started. */
export interface StartedProgram {
  readonly pid: string;
  /** As proc(5) has it, so at most 15 characters. */
  readonly name: string;
}

/** What the maker has started and still runs, without itself. */
export async function startedBy(maker: string): Promise<readonly StartedProgram[]> {
  const [realm] = split(maker);
  if (realm === '' || realm !== (await realmHere())) return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Another user's environment cannot be read, and what another user runs was not started by this one's svclab.
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      if (!environment.split('\0').includes(`${makerVariable}=${maker}`)) return undefined;
      return (await processAt(Number(pid))) === undefined ? undefined : { pid, name: await nameOf(Number(pid)) };
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** Sends a signal to programs that `startedBy` gave; one that has ended since is no error. */
export async function signalAll(local: Executor, signal: 'TERM' | 'KILL', programs: readonly StartedProgram[]): Promise<void> {
  // Not every system has a program `kill`.
  if (programs.length > 0) await local.run(['sh', '-c', 'kill -"$0" "$@"', signal, ...programs.map(({ pid }) => pid)]);
}

function split(maker: string): readonly [realm: string, pid: string, started: string] {
  const [boot = '', namespace = '', pid = '', started = ''] = maker.split('.');
  return [started === '' ? '' : `${boot}.${namespace}`, pid, started];
}

/** A process's number means something within one boot and one PID namespace. */
async function realmHere(): Promise<string | undefined> {
  const { boot, pids } = await pidRealm().catch(() => ({ boot: '', pids: '' }));
  // `pid:[4026531836]`
  const namespace = /\d+/.exec(pids)?.[0];
  return boot === '' || namespace === undefined ? undefined : `${boot}.${namespace}`;
}
