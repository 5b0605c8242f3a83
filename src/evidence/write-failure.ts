import { EnvironmentError } from '../core/errors.js';

/** Turns a failed write into what a user can act on: which folder, and what to do about it. */
export function writeFailure(folder: string, error: unknown): EnvironmentError {
  const code = codeOf(error);
  const [what, hint] = explanations.get(code ?? '') ?? [
    error instanceof Error ? error.message : String(error),
    'choose another folder with --out',
  ];
  return new EnvironmentError(`the run's folder ${folder} cannot be written: ${what}`, { hint, cause: error });
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const elsewhere = 'choose a folder that you may write to with --out';

const explanations: ReadonlyMap<string, readonly [what: string, hint: string]> = new Map([
  ['ENOSPC', ['no space is left on its disk (ENOSPC)', 'free some space, or choose a folder on another disk with --out']],
  ['EDQUOT', ['your disk quota is used up (EDQUOT)', 'free some space, or choose a folder on another disk with --out']],
  ['EROFS', ['its file system is read-only (EROFS)', elsewhere]],
  ['EACCES', ['permission denied (EACCES)', elsewhere]],
  ['EPERM', ['operation not permitted (EPERM)', elsewhere]],
  ['ENOTDIR', ['a file is where a folder should be (ENOTDIR)', elsewhere]],
  ['ENOENT', ['it is gone (ENOENT)', 'do not move or delete it while svclab runs']],
]);
