import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inWords, Stop, say } from './say.mjs';

/**
 * Runs `work` while no other bootstrap works on this checkout. The lock is a directory that arrives whole, by a rename, with
 * the owner's name in it; it is stale when neither its owner nor the child the owner started is alive any more.
 * `work` gets a function that names such a child.
 */
export async function withLock(root, work) {
  const lock = join(root, 'build', '.lock');
  const me = identify(process.pid);
  await acquire(lock, [me]);
  try {
    return await work((pid) => rewrite(lock, [me, identify(pid)]));
  } finally {
    discard(lock, 'done');
  }
}

async function acquire(lock, owners) {
  const mine = `${lock}-${process.pid}`;
  let told = false;
  try {
    makeFolder(dirname(lock));
    rmSync(mine, { recursive: true, force: true });
    mkdirSync(mine);
    writeFileSync(join(mine, 'owners'), owners.join('\n'));
    while (!arrive(mine, lock)) {
      const held = readOwners(lock);
      const living = held?.split('\n').find(isAlive);
      if (living !== undefined) {
        if (!told) say(`waiting: process ${living.split(' ')[0]} is setting up this checkout`);
        told = true;
        await sleep(200);
      } else if (held !== undefined) {
        breakStale(lock, held);
      }
    }
  } catch (error) {
    throw new Stop(4, inWords(error, 'could not lock the checkout'));
  } finally {
    if (existsSync(mine)) rmSync(mine, { recursive: true, force: true });
  }
}

/** Not `recursive`, which says "no such file" (ENOENT) where the file system is read-only. */
function makeFolder(path) {
  try {
    mkdirSync(path);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

/** A rename onto a directory that is not empty fails, so only one can arrive. */
function arrive(mine, lock) {
  try {
    renameSync(mine, lock);
    return true;
  } catch (error) {
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes the lock away by its name, looks whether it is still the dead one, and puts it back if another was quicker. */
function breakStale(lock, held) {
  const aside = `${lock}-stale-${process.pid}`;
  try {
    renameSync(lock, aside);
    if (readOwners(aside) !== held && arrive(aside, lock)) return;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

function discard(lock, suffix) {
  const aside = `${lock}-${suffix}-${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

function rewrite(lock, owners) {
  const next = join(lock, 'next');
  writeFileSync(next, owners.join('\n'));
  renameSync(next, join(lock, 'owners'));
}

function readOwners(lock) {
  try {
    return readFileSync(join(lock, 'owners'), 'utf8');
  } catch {
    return undefined;
  }
}

/** A pid alone comes back after a reboot or a long day: its start time (proc(5), field 22 of stat) makes it one process. */
function identify(pid) {
  return `${pid} ${startTime(pid) ?? '?'}`;
}

function isAlive(owner) {
  const [pid, start] = owner.split(' ');
  return startTime(pid) === start;
}

function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
