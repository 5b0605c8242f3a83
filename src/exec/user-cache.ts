import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The user's folder for what takes long to make and is kept between runs (XDG Base Directory Specification). */
export function userCache(env: Environment): string {
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'svclab');
}

/** Where `svclab images` puts the programs kind and kubectl: for whoever finds none on the PATH. */
export function toolFolder(env: Environment): string {
  return join(userCache(env), 'bin');
}
