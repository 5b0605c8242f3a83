import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../core/errors.js';
import { type Executor, succeeded } from '../core/executor.js';
import type { Text } from '../core/text.js';
import type { Source } from './digests.js';

/** Hears what is being done: each `began` is followed by its `ended`, or by an error. */
export interface Listener {
  began(what: Text): void;
  ended(what: Text, durationMs: number): void;
  said(what: Text): void;
}

/** What images are made with, and where. */
export interface Workshop {
  readonly source: Source;
  readonly executor: Executor;
  /** A folder of the user's, kept between runs. */
  readonly cache: string;
  /** Where the programs kind and kubectl go. */
  readonly tools: string;
  /** The Node program that goes into the workloads. */
  readonly nodeProgram: string;
  /** Where Debian packages come from. */
  readonly mirror: string;
  readonly root: boolean;
  readonly signal: AbortSignal;
  readonly listener: Listener;
}

/** Runs a tool; what it says is the error's message when it fails. @throws EnvironmentError */
export async function run(shop: Pick<Workshop, 'executor' | 'signal'>, argv: readonly string[]): Promise<string> {
  const result = await shop.executor.run(argv, { signal: shop.signal, timeoutMs: 3_600_000 });
  shop.signal.throwIfAborted();
  if (!succeeded(result)) {
    const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-5).join('\n');
    const full = /no space left on device|disk quota exceeded/i.test(said);
    throw new EnvironmentError(
      `'${argv.slice(0, 3).join(' ')} ...' failed (${result.ended} ${result.exitCode ?? ''}): ${said}`,
      full ? { hint: 'the disk is full: free some space, then type the same command again' } : {},
    );
  }
  return result.stdout;
}

/** Tells the listener of something that takes a while. */
export async function told<T>(shop: Workshop, began: Text, ended: Text, work: () => Promise<T>): Promise<T> {
  const since = performance.now();
  shop.listener.began(began);
  const result = await work();
  shop.listener.ended(ended, performance.now() - since);
  return result;
}

/**
 * A folder for work that is not done yet, in `parent`; it goes when `use` ends. One whose process was killed goes with the next call for the
 * same parent: its name says whose it is.
 */
export async function inWorkFolder<T>(parent: string, use: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  const folder = await mkdtemp(join(parent, `${mark}${ownId()}-`));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const mark = '.svclab-part-';

/** Removes the work folders of processes that have ended. */
export async function removeLeftovers(parent: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(mark) ? /^(\d+)-/.exec(name.slice(mark.length))?.[1] : undefined;
    if (pid !== undefined && !isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: string): boolean {
  return existsSync(`/proc/${pid}`);
}

/** The own process id, as the kernel tells it. */
function ownId(): string {
  return readlinkSync('/proc/self');
}
