import { accessSync, constants, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const directories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const multi = 'xtables-nft-multi';
const names = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore'];
const ownPrograms = {
  'svclab-connect-times': new URL('./connect-times.js', import.meta.url),
  'svclab-nft-lines': new URL('./nft-lines.js', import.meta.url),
};

/**
 * The environment of every command in the sandbox. An ordinary user's PATH often lacks the sbin folders. `iptables` means
 * the nft back end here, whatever the machine's alternatives say: rules that one back end wrote do not show in the other.
 */
export function toolEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const path = [...new Set([...(env['PATH'] ?? '').split(':').filter((entry) => entry !== ''), ...directories])];
  const program = path.map((entry) => `${entry}/${multi}`).find(isExecutable);
  mkdirSync('/run/svclab/bin', { recursive: true });
  for (const [command, file] of Object.entries(ownPrograms)) {
    const words = [process.execPath, '--no-warnings', fileURLToPath(file)].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    writeFileSync(`/run/svclab/bin/${command}`, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
  }
  if (program !== undefined) {
    for (const name of names) symlinkSync(program, `/run/svclab/bin/${name}`);
  }
  path.unshift('/run/svclab/bin');
  // A fixed locale, because outputs are read by programs.
  return { PATH: path.join(':'), HOME: '/run/svclab', LC_ALL: 'C', TZ: env['TZ'] ?? 'UTC' };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
