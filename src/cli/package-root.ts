import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The folder that holds package.json and labs/, three above this file once it is built. */
export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** The operating system's tools, the list that the bootstrap installs. */
export function requiredTools(): readonly { readonly package: string; readonly commands: readonly string[] }[] {
  return z
    .array(z.object({ package: z.string(), commands: z.array(z.string()) }))
    .parse(JSON.parse(readFileSync(join(packageRoot, 'scripts', 'tools.json'), 'utf8')));
}
