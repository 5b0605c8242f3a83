import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Stop, say } from './say.mjs';

/**
 * Sees to the tools of scripts/tools.txt. What is missing is installed by init_cfg.sh where that is allowed and possible, inside `exclusively`;
 * else throws `Stop` 3 with the one command to type, or with the exit code and the words of init_cfg.sh.
 */
export async function ensureTools(root, exclusively) {
  const missing = missingTools(root);
  if (missing.length === 0) return;
  const packages = missing.map((tool) => tool.package);
  const list = missing.map((tool) => `  ${tool.commands.join(', ')}: ${tool.why} (package ${tool.package})`).join('\n');
  const distribution = readDistribution();
  if (!distribution.apt) {
    const advice = `svclab can install them on Debian and Ubuntu only, and this is ${distribution.name}: install them with its package manager.`;
    throw new Stop(3, `this machine lacks:\n${list}\n${advice}`);
  }
  if (process.getuid?.() !== 0 || process.env.SVCLAB_NO_INSTALL === '1') {
    throw new Stop(3, `this machine lacks:\n${list}\nInstall them with this command, then try again:\n\n  ${commandToType(root)}\n`);
  }
  say(`this machine lacks:\n${list}\ninstalling ${packages.join(' ')} with apt-get (SVCLAB_NO_INSTALL=1 forbids that)`);
  // Looked at again: whoever held the lock may have installed them.
  await exclusively(async (started) => (missingTools(root).length > 0 ? runInitCfg(root, started) : undefined));
}

/** Each as `{ package, commands, why }`, with the missing commands only. */
function missingTools(root) {
  const folders = searchPath();
  return listedTools(root)
    .map((tool) => ({ ...tool, commands: tool.commands.filter((command) => !isThere(folders, command)) }))
    .filter((tool) => tool.commands.length > 0);
}

/** The lines of scripts/tools.txt: `package | commands | why`. */
function listedTools(root) {
  return readFileSync(join(root, 'scripts', 'tools.txt'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', commands = '', why = ''] = line.split('|').map((cell) => cell.trim());
      return { package: name, commands: commands.split(/\s+/), why };
    });
}

/** init_cfg.sh installs the same list; what it says in the meantime is shown only where it fails. */
async function runInitCfg(root, started) {
  const { runChild } = await import('./child.mjs');
  const { code, output } = await runChild(['bash', join(root, 'init_cfg.sh'), '--only', 'tools'], { cwd: '/', started });
  if (code !== 0) throw new Stop(code === 127 ? 3 : code, `${output}\n\nMend that, or type it yourself:\n\n  ${commandToType(root)}\n`);
}

function commandToType(root) {
  return `sudo bash ${quoted(join(root, 'init_cfg.sh'))} --only tools`;
}

/** As a shell takes it for one word. */
function quoted(word) {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** os-release(5): ID and ID_LIKE are words in lower case. */
function readDistribution() {
  let text = '';
  try {
    text = readFileSync('/etc/os-release', 'utf8');
  } catch {
    return { name: 'an unknown system', apt: false };
  }
  const field = (name) => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(text)?.[1] ?? '';
  const words = `${field('ID')} ${field('ID_LIKE')}`.split(' ');
  return { name: field('PRETTY_NAME') || field('ID') || 'an unknown system', apt: words.includes('debian') || words.includes('ubuntu') };
}

/** An ordinary user's PATH lacks the sbin folders, where most of these tools live. */
function searchPath() {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter((folder) => folder !== '');
}

/** Looks before it asks: an exception for each folder that lacks a command would cost more than all the rest. */
function isThere(folders, command) {
  return folders.some((folder) => {
    const path = join(folder, command);
    if (!existsSync(path)) return false;
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
