import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json and labs/, three above this file once it is built. */
export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** The operating system's tools, the list that init_cfg.sh installs: `package | commands | why` in each line of scripts/tools.txt. */
export function requiredTools(): readonly { readonly package: string; readonly commands: readonly string[] }[] {
  return readFileSync(join(packageRoot, 'scripts', 'tools.txt'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', commands = ''] = line.split('|').map((cell) => cell.trim());
      return { package: name, commands: commands.split(/\s+/) };
    });
}
