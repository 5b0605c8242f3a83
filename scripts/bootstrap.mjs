#!/usr/bin/env node
// From a fresh clone to a running program: `node scripts/bootstrap.mjs svclab|test|test:kind|bench|soak|matrix|runner ARGS...`. Node's own modules only, since it runs
// before npm does. When everything is there it costs a few milliseconds: it looks, and imports the program into this very process.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, whyBuild } from './bootstrap/build.mjs';
import { install, whyInstall } from './bootstrap/dependencies.mjs';
import { ensureTools } from './bootstrap/os-tools.mjs';
import { inWords, Stop, say } from './bootstrap/say.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const programs = {
  svclab: 'src/cli/main.js',
  test: 'scripts/test.js',
  'test:kind': 'scripts/test-kind.js',
  bench: 'bench/main.js',
  soak: 'scripts/soak.js',
  matrix: 'scripts/matrix.js',
  runner: 'scripts/runner.js',
};

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Stop) || error.message !== '') say(error instanceof Stop ? error.message : inWords(error, 'could not start'));
  process.exitCode = error instanceof Stop ? error.exitCode : 4;
}

async function main([program, ...args]) {
  requireNode();
  if (!Object.hasOwn(programs, program ?? ''))
    throw new Stop(2, `usage: node scripts/bootstrap.mjs ${Object.keys(programs).join('|')} [arguments]`);
  if (needsTools(program, args)) await ensureTools(root, exclusively);
  await prepare(program);
  await handOver(program, args);
}

function requireNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace('>=', '');
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    throw new Stop(
      3,
      `needs Node ${wanted} or newer; this is ${process.versions.node} (${process.execPath}). See https://nodejs.org/en/download`,
    );
  }
}

/** Only what starts a cluster needs the operating system's tools: reading a lab or judging a stored run does not. */
function needsTools(program, args) {
  // It looks at what is there, and installs nothing.
  if (program === 'runner') return false;
  if (program !== 'svclab') return true;
  // In a VM, it is the VM that needs them.
  if (args.some((arg) => arg === '--in' || arg.startsWith('--in='))) return false;
  return args.find((arg) => !arg.startsWith('-')) === 'run' && !args.includes('--help') && !args.includes('-h');
}

/** What is only needed when there is something to do is loaded only then: loading is most of what the bootstrap costs. */
async function exclusively(work) {
  const { withLock } = await import('./bootstrap/lock.mjs');
  return withLock(root, work);
}

async function prepare(program) {
  if (whyInstall(root) === undefined && whyBuild(root) === undefined) return;
  await exclusively(async (started) => {
    // Asked again: whoever held the lock may have done it.
    const noPackages = whyInstall(root);
    if (noPackages !== undefined) await install(root, noPackages, started);
    const stale = whyBuild(root);
    const faults = stale === undefined ? undefined : await build(root, stale, started);
    if (faults === undefined) return;
    if (program.startsWith('test')) {
      process.stdout.write(`types failed:\n${faults}\n\n0 passed, 1 failed\n`);
      throw new Stop(1, '');
    }
    throw new Stop(4, `the program does not compile:\n\n${faults}\n\nIf you did not change it: git status, git stash, and try again.`);
  });
}

async function handOver(program, args) {
  const file = join(root, 'build', programs[program]);
  if (!existsSync(file)) throw new Stop(4, `${file} is not there: this checkout has no ${programs[program].replace(/js$/, 'ts')}.`);
  process.argv = [process.execPath, file, ...args];
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Stop(4, `${error.message}\nRemove node_modules and build, then type the same command again.`);
  }
}
