import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { kill, pid } from 'node:process';
import { z } from 'zod';
import { EnvironmentError, UsageError } from '../../core/errors.js';
import { isAlive, processAt } from '../../exec/live-process.js';

const holderSchema = z.object({ pid: z.int().positive(), startedAt: z.number().nullable() });

/**
 * One run at a time in one VM: what a second one brings in would change what the first one runs.
 * @param file where the holder is noted; a note whose process is gone counts for nothing.
 * @throws UsageError while another run holds it.
 */
export async function lockVm(file: string): Promise<AsyncDisposable> {
  const self = await processAt('self');
  const note = JSON.stringify({ pid, startedAt: self?.startedAt ?? null });
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    if (await put(file, note)) return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
    const holder = await readHolder(file);
    if (holder !== undefined && (await lives(holder))) {
      throw new UsageError('another run is under way in this VM', { hint: `wait for it, or end it: it is process ${holder.pid}` });
    }
    await rm(file, { force: true });
  }
  throw new EnvironmentError(`${file} changes hands too fast`);
}

/** Whole or not at all: link(2) refuses a name that is taken. @returns whether it was free. */
async function put(file: string, note: string): Promise<boolean> {
  const whole = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(whole, note);
    await link(whole, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw new EnvironmentError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await rm(whole, { force: true }).catch(() => undefined);
  }
}

type Holder = z.infer<typeof holderSchema>;

/** Undefined for one that has just gone, and for what is no note. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Where there is no /proc, its number must do. */
async function lives(holder: Holder): Promise<boolean> {
  if (holder.startedAt !== null) return isAlive({ pid: holder.pid, startedAt: holder.startedAt });
  try {
    kill(holder.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
