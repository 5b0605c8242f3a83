import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { EnvironmentError } from '../core/errors.js';
import type { Observation } from '../core/evidence.js';

export const manifestName = 'manifest.json';
export const manifestFormat = 'svclab-run/v1';

/** A file's size in bytes, and its sha256 in hexadecimal. */
export interface FileDigest {
  readonly bytes: number;
  readonly sha256: string;
}

/** What a run's folder says about itself: enough to judge it again without a cluster. */
export interface Manifest {
  readonly format: typeof manifestFormat;
  readonly lab: { readonly id: string; readonly file: string; readonly sha256: string };
  /** The cluster provider's kind. */
  readonly cluster: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Of the tools and the kernel that the evidence depends on. */
  readonly versions: Readonly<Record<string, string>>;
  readonly requests: number;
  /** Whatever else the run was told. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly observations: readonly Observation[];
  /** As judged then; judging again must not depend on it. */
  readonly verdicts: unknown;
  /** Every file of the folder but the manifest, by its name relative to the folder. */
  readonly files: Readonly<Record<string, FileDigest>>;
}

/** What the run knows; the folder adds the rest. */
export type RunRecord = Omit<Manifest, 'format' | 'files'>;

/** A relative path without `.`, `..`, empty parts, backslashes or control characters: it cannot lead out of the folder. */
export function isFileName(name: string): boolean {
  return fileName.test(name);
}

const fileName = /^(?!\.{1,2}(?:\/|$))[^/\\\p{Cc}]+(?:\/(?!\.{1,2}(?:\/|$))[^/\\\p{Cc}]+)*$/u;

const nameSchema = z.string().regex(fileName, 'not a path inside the folder');
const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'not a sha256 in hexadecimal');
const textSchema = z.strictObject({ en: z.string(), ko: z.string() });

const placeSchema = z.union([
  z.templateLiteral(['node/', z.string()]),
  z.templateLiteral(['pod/', z.string(), '/', z.string()]),
  z.templateLiteral(['client/', z.string()]),
  z.literal('local'),
]);

const observationSchema = z.strictObject({
  name: z.string(),
  probe: z.string(),
  step: z.string(),
  attempt: z.int().min(1),
  parts: z.array(z.strictObject({ place: placeSchema, role: z.string(), format: z.string(), file: nameSchema })),
  soundness: z.discriminatedUnion('sound', [
    z.strictObject({ sound: z.literal(true) }),
    z.strictObject({ sound: z.literal(false), why: textSchema }),
  ]),
});

const manifestSchema = z.strictObject({
  format: z.literal(manifestFormat),
  lab: z.strictObject({ id: z.string(), file: z.string(), sha256: sha256Schema }),
  cluster: z.string(),
  startedAt: z.iso.datetime(),
  versions: z.record(z.string(), z.string()),
  requests: z.int().min(0),
  settings: z.record(z.string(), z.json()),
  observations: z.array(observationSchema),
  verdicts: z.json(),
  files: z.record(nameSchema, z.strictObject({ bytes: z.int().min(0), sha256: sha256Schema })),
});

export function printManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/**
 * @param file shown in messages.
 * @throws EnvironmentError when the text is not JSON, is of another format version, or has a field that is wrong, missing or unknown.
 */
export function parseManifest(text: string, file: string): Manifest {
  const document = parseJson(text, file);
  const format = formatSchema.safeParse(document);
  if (format.success && format.data.format !== manifestFormat) {
    throw new EnvironmentError(`${file} is of format '${format.data.format}', and this svclab reads '${manifestFormat}'`, {
      hint: 'judge the run with the svclab that made it',
    });
  }
  const parsed = manifestSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(the whole file)'}: ${issue.message}`);
  throw new EnvironmentError([`${file} is not a manifest of a run:`, ...problems].join('\n'), {
    hint: 'the folder was changed; run the lab again',
  });
}

const formatSchema = z.looseObject({ format: z.string() });

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new EnvironmentError(`${file} is not JSON: ${message}`, {
      hint: 'the folder was changed, or its run was killed; run the lab again',
      cause,
    });
  }
}

/** @throws the file system's own error when the file cannot be read. */
export async function digestFile(path: string): Promise<FileDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      hash.update(chunk);
    }
  });
  return { bytes, sha256: hash.digest('hex') };
}

/** Of a text, as in the manifest's `lab.sha256`. */
export function digestText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
