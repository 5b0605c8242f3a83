import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Stop, say } from './say.mjs';

/**
 * Sees to the tools of scripts/tools.json. What is missing is installed where that is allowed and possible, inside `exclusively`;
 * else throws `Stop` 3 with the one command to type.
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
    throw new Stop(3, `this machine lacks:\n${list}\nInstall them with this command, then try again:\n\n  ${commandToType(packages)}\n`);
  }
  say(`this machine lacks:\n${list}\ninstalling ${packages.join(' ')} with apt-get (SVCLAB_NO_INSTALL=1 forbids that)`);
  // Looked at again: whoever held the lock may have installed them.
  await exclusively(async (started) => (missingTools(root).length > 0 ? aptInstall(root, packages, started) : undefined));
}

/** Each as `{ package, commands, why }`, with the missing commands only. */
function missingTools(root) {
  const tools = JSON.parse(readFileSync(join(root, 'scripts', 'tools.json'), 'utf8'));
  const folders = searchPath();
  return tools
    .map((tool) => ({ ...tool, commands: tool.commands.filter((command) => !isThere(folders, command)) }))
    .filter((tool) => tool.commands.length > 0);
}

async function aptInstall(root, packages, started) {
  const { runChild } = await import('./child.mjs');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const apt = (...args) => runChild(['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300', ...args], { cwd: '/', env, started });
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  let result = hasPackageLists() ? await install() : undefined;
  if (result?.code !== 0) {
    say('fetching the package lists first (apt-get update)');
    const update = await apt('update');
    result = await install();
    if (result.code !== 0 && update.code !== 0) result = { code: result.code, output: `${update.output}\n${result.output}` };
  }
  const failed = result.code !== 0;
  if (!failed && missingTools(root).length === 0) return;
  const what = failed
    ? `apt-get could not install ${packages.join(' ')}`
    : `${packages.join(' ')}: installed, but not all the commands came`;
  throw new Stop(3, `${what}. What apt-get said:\n\n${result.output}\n\nMend that, or type it yourself:\n\n  ${commandToType(packages)}\n`);
}

function commandToType(packages) {
  const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  return hasPackageLists() ? `sudo ${install}` : `sudo sh -c 'apt-get update && ${install}'`;
}

function hasPackageLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  } catch {
    return false;
  }
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
