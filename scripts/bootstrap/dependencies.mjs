import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inWords, Stop, say } from './say.mjs';

const machine = `${process.platform}-${process.arch}`;

/**
 * Why `npm ci` must run, or undefined. Not by file times, which a clone makes anew, but by content: a stamp in node_modules
 * keeps the lockfile it was made from. npm writes its own `.package-lock.json` last, so without it an install was cut short.
 */
export function whyInstall(root) {
  if (stat(join(root, 'node_modules')) === undefined) return 'node_modules is missing';
  const wanted = stampOf(root);
  if (wanted === undefined) return 'the last npm ci did not finish';
  const found = read(stampFile(root));
  if (found === wanted) return undefined;
  if (found !== undefined && !found.startsWith(`${machine} `))
    return `node_modules was made for ${found.split(' ')[0]}, this is ${machine}`;
  if (!sameTree(root)) return 'node_modules is not what package-lock.json says';
  writeStamp(root, wanted);
  return undefined;
}

/** Throws `Stop` 4 with npm's own words when it fails; 3 when there is no npm. */
export async function install(root, why, started) {
  say(`${why}: running npm ci (a minute or so, needs the npm registry)`);
  const since = performance.now();
  try {
    rmSync(stampFile(root), { force: true });
    rmSync(hiddenLock(root), { force: true });
  } catch (error) {
    throw new Stop(4, inWords(error, 'npm ci'));
  }
  const { runChild } = await import('./child.mjs');
  const { code, output } = await runChild([...npm(), 'ci', '--include=dev', '--no-audit', '--no-fund', '--no-progress'], {
    cwd: root,
    started,
  });
  if (code === 127) throw new Stop(3, 'npm was not found. It comes with Node: https://nodejs.org, or your distribution’s package npm.');
  if (code !== 0) throw new Stop(4, `npm ci failed (exit code ${code}). What it said:\n\n${output}\n\n${advice(output)}`);
  const stamp = stampOf(root);
  if (stamp !== undefined) writeStamp(root, stamp);
  say(`npm ci took ${((performance.now() - since) / 1000).toFixed(1)} s`);
}

function npm() {
  const path = process.env.npm_execpath ?? '';
  return path.endsWith('npm-cli.js') ? [process.execPath, path] : ['npm'];
}

function advice(text) {
  if (/ENOSPC|EDQUOT|no space left/i.test(text)) return 'The disk is full: free some space, then type the same command again.';
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|E50\d/.test(text))
    return 'The npm registry was not reached: look at the network, at `npm config get registry` and at a proxy, then type the same command again.';
  if (/EACCES|EPERM|EROFS/.test(text))
    return 'Not allowed to write here: run this as the owner of the checkout, or in a clone of your own.';
  return 'Mend what npm names above, then type the same command again; nothing half-made is kept for complete.';
}

const stampFile = (root) => join(root, 'node_modules', '.svclab-stamp');
const hiddenLock = (root) => join(root, 'node_modules', '.package-lock.json');

/** For which machine, npm's record of what it installed, and the whole lockfile (a digest would cost loading a module); undefined when npm left no record. */
function stampOf(root) {
  const installed = stat(hiddenLock(root));
  if (installed === undefined) return undefined;
  return `${machine} ${installed.size} ${installed.mtimeMs}\n${read(join(root, 'package-lock.json'))}`;
}

/** A stamp is a convenience: in a checkout of another user it cannot be written, and the slower comparison serves. */
function writeStamp(root, stamp) {
  try {
    writeFileSync(stampFile(root), stamp);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw new Stop(4, inWords(error, 'npm ci'));
  }
}

/** Whether an install that was not made by this program holds each package of the lockfile, in that version, and no other. */
function sameTree(root) {
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const found = JSON.parse(readFileSync(hiddenLock(root), 'utf8')).packages;
    const fits = ([path, entry]) => {
      const there = found[path];
      if (path === '') return true;
      if (there === undefined) return entry.optional === true || entry.peer === true;
      return there.version === entry.version && there.integrity === entry.integrity;
    };
    return Object.entries(wanted).every(fits) && Object.keys(found).every((path) => path in wanted);
  } catch {
    return false;
  }
}

function stat(path) {
  return statSync(path, { throwIfNoEntry: false });
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
