import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { pieces } from './archive-file.js';
import { artifact } from './artifacts.js';
import { artifactDigest } from './digests.js';
import type { Program } from './recipe.js';
import type { Workshop } from './workshop.js';

/** A program of this machine that a cluster is made and asked with. */
export interface ProgramState {
  readonly program: Program;
  readonly file: string;
  /** The digest of what it is made from, as it is now. */
  readonly digest: string;
  readonly bytes: number | undefined;
  readonly sha256: string | undefined;
  readonly state: 'current' | 'outdated' | 'missing';
}

/** What is in the folder: each program's recipe, size and SHA-256 (hex) when it was put there. */
const recordSchema = z.record(z.string(), z.object({ recipe: z.string(), sha256: z.string(), bytes: z.number() }));
type Records = z.infer<typeof recordSchema>;

export async function programStates(shop: Workshop): Promise<readonly ProgramState[]> {
  const records = await read(shop);
  return Promise.all(
    shop.source.programs.map(async (program) => {
      const file = join(shop.tools, program.name);
      const digest = artifactDigest(shop.source, program.artifact);
      const record = records[program.name];
      const bytes = existsSync(file) ? (await stat(file)).size : undefined;
      const known = record !== undefined && bytes === record.bytes;
      const state = bytes === undefined ? 'missing' : known && record.recipe === digest ? 'current' : 'outdated';
      return { program, file, digest, bytes, sha256: known ? record.sha256 : undefined, state };
    }),
  );
}

/** Puts programs from the cache into the folder for programs. */
export async function installPrograms(shop: Workshop, programs: readonly Program[]): Promise<void> {
  for (const program of programs) {
    const { file } = await artifact(shop, program.artifact);
    const recipe = artifactDigest(shop.source, program.artifact);
    await putProgram(shop, program.name, { recipe, sha256: await sha256(file) }, (to) => copyFile(file, to));
  }
}

/** Puts one program into the folder, whole or not at all, and remembers what it is. `write` makes the file that it is given the name of. */
export async function putProgram(
  shop: Workshop,
  name: string,
  made: { readonly recipe: string; readonly sha256: string },
  write: (file: string) => Promise<void>,
): Promise<void> {
  await mkdir(shop.tools, { recursive: true });
  const part = join(shop.tools, `.${name}.part`);
  try {
    await write(part);
    await chmod(part, 0o755);
    const { size } = await stat(part);
    await rename(part, join(shop.tools, name));
    await remember(shop, { ...(await read(shop)), [name]: { ...made, bytes: size } });
  } finally {
    await rm(part, { force: true });
  }
}

/** SHA-256 (hex) of a file, or of the bytes from `start` up to and not including `end`. */
export async function sha256(file: string, start = 0, end = Number.POSITIVE_INFINITY, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces(file, start, end)) {
    signal?.throwIfAborted();
    hash.update(piece);
  }
  return hash.digest('hex');
}

function recordFile(shop: Workshop): string {
  return join(shop.tools, 'programs.json');
}

async function remember(shop: Workshop, records: Records): Promise<void> {
  const part = `${recordFile(shop)}.part`;
  await writeFile(part, `${JSON.stringify(records, undefined, 2)}\n`);
  await rename(part, recordFile(shop));
}

/** Nothing is known where there is no such file, or one that is not ours. */
async function read(shop: Workshop): Promise<Records> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(recordFile(shop), 'utf8')));
  } catch {
    return {};
  }
}
