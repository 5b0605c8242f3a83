import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { EnvironmentError } from '../../core/errors.js';
import { writeAtomically } from '../../evidence/atomic-file.js';
import { codeOf } from '../../evidence/write-failure.js';
import { isAlive, type PidRealm, pidRealm } from '../../exec/live-process.js';

const format = 'svclab-kept/v1';

const processSchema = z.object({ pid: z.int().min(1), startedAt: z.int().min(0) });

const recordSchema = z.object({
  format: z.literal(format),
  name: z.string(),
  /** unshare(1), which takes the cluster along when it ends. */
  holder: processSchema,
  /** The first process inside the sandbox, by its number out here. */
  inside: processSchema,
  realm: z.object({ machine: z.string(), boot: z.string(), pids: z.string() }),
  /** ISO 8601. */
  keptAt: z.string(),
  nodes: z.array(z.object({ name: z.string(), address: z.string() })),
  enter: z.array(z.string()),
  end: z.array(z.string()),
});

/** A cluster that goes on without svclab. */
export type KeptRecord = z.infer<typeof recordSchema>;

export interface FoundRecord {
  readonly file: string;
  readonly record: KeptRecord;
}

/** `svclab/clusters` in the user's state folder (XDG Base Directory Specification: a relative path is ignored). */
export function recordsFolder(env: Readonly<Record<string, string | undefined>>): string {
  const given = env['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(given) ? given : join(env['HOME'] || homedir(), '.local', 'state'), 'svclab', 'clusters');
}

/** @throws EnvironmentError when it cannot be written. */
export async function writeRecord(folder: string, kept: Omit<KeptRecord, 'format' | 'realm' | 'keptAt'>): Promise<void> {
  const record: KeptRecord = { format, ...kept, realm: await pidRealm(), keptAt: new Date().toISOString() };
  try {
    await mkdir(folder, { recursive: true });
    await writeAtomically(join(folder, `netns-${kept.holder.pid}.json`), `${JSON.stringify(record, undefined, 2)}\n`);
  } catch (error) {
    throw new EnvironmentError(`${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/**
 * The records whose cluster is there, in the order in which they were kept. One whose holder is gone is removed; one that another machine (a shared home) or
 * another PID namespace wrote cannot be judged from here, and is left where it is.
 * @throws EnvironmentError when the folder cannot be read.
 */
export async function readRecords(folder: string): Promise<readonly FoundRecord[]> {
  const realm = await pidRealm();
  const found: FoundRecord[] = [];
  for (const file of (await namesIn(folder)).map((name) => join(folder, name))) {
    const record = await readRecord(file);
    if (record === undefined || !isFromHere(record.realm, realm)) continue;
    if (record.realm.boot === realm.boot && (await isAlive(record.holder))) found.push({ file, record });
    else await removeRecord(file);
  }
  return found.sort((a, b) => a.record.keptAt.localeCompare(b.record.keptAt));
}

/** One that may not be removed, in another user's folder, does no harm: it is never taken for a cluster. */
export async function removeRecord(file: string): Promise<void> {
  await rm(file, { force: true }).catch(() => {});
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => /^netns-\d+\.json$/.test(name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new EnvironmentError(`the records of kept clusters cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      hint: 'make that folder yours again (chown), or name another state folder in XDG_STATE_HOME',
      cause: error,
    });
  }
}

/** Records are written whole, so a file that is none was put there by someone else. */
async function readRecord(file: string): Promise<KeptRecord | undefined> {
  try {
    return recordSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** A machine that was started anew has the same id and other boots; what was kept before is gone. */
function isFromHere(record: PidRealm, here: PidRealm): boolean {
  return record.boot === here.boot ? record.pids === here.pids : record.machine !== '' && record.machine === here.machine;
}
