import { readFileSync } from 'node:fs';
import type { ManifestSource } from '../core/cluster.js';
import { UsageError } from '../core/errors.js';

/** Reads a text file, or says in a few words why that is not possible. */
export type FileReader = (path: string) => { readonly text: string } | { readonly fault: string };

export function readTextFile(path: string): { readonly text: string } | { readonly fault: string } {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    return { fault: faultOf(error, path) };
  }
}

/** @throws UsageError when the file cannot be read. */
export function inputFile(path: string): ManifestSource {
  const result = readTextFile(path);
  if ('fault' in result) throw new UsageError(result.fault);
  return { file: path, text: result.text };
}

function faultOf(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file ${path}`;
  if (code === 'EISDIR') return `${path} is a folder, not a file`;
  if (code === 'EACCES' || code === 'EPERM') return `${path} may not be read`;
  return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
