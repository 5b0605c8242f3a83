import { join } from 'node:path';
import { packageRoot } from '../../src/cli/package-root.js';

/** Debian's own folders: a Python or Perl from elsewhere need not have what the rivals import. */
const path = '/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * A rival's command line: in namespaces of its own, so that the kernel takes away all it made when its script ends, or when it is killed.
 * Mininet insists on being root, so an ordinary user is uid 0 in there.
 */
export function rivalCommand(
  script: 'batch.sh' | 'plain.sh' | 'mininet_topology.py',
  args: readonly string[],
  root: boolean,
): readonly string[] {
  return [
    'unshare',
    ...(root ? [] : ['--user', '--map-root-user']),
    ...['--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc'],
    '--',
    join(packageRoot, 'bench', 'rivals', script),
    ...args,
  ];
}

export function rivalEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH: path, HOME: env['HOME'] ?? '/', LC_ALL: 'C' };
}

export const rivalServer = join(packageRoot, 'bench', 'rivals', 'server.pl');
