import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether a skip is honest. Its reason must be `needs TOOL: why`, and TOOL must be a program this machine does not have: a test that could have
 * run counts as failed.
 * @param elsewhere tools whose tests another command runs: `needs kind:` is honest in `npm test`, whatever the machine has.
 */
export function isHonestSkip(reason: string, path: string, elsewhere: readonly string[] = []): boolean {
  const tool = /^needs ([\w.-]+): ./.exec(reason)?.[1];
  return tool !== undefined && (elsewhere.includes(tool) || !isInstalled(tool, path));
}

function isInstalled(tool: string, path: string): boolean {
  return [...path.split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
