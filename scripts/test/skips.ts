import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether a skip is honest. Its reason must be `needs TOOL: why`, and TOOL must be a program this machine does not have: a test that could have
 * run counts as failed. `needs kind:` always passes, for a real cluster is another command's work.
 */
export function isHonestSkip(reason: string, path: string): boolean {
  const tool = /^needs ([\w.-]+): ./.exec(reason)?.[1];
  return tool !== undefined && (tool === 'kind' || !isInstalled(tool, path));
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
