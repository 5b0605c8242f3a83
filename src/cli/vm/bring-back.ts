import { lstat, mkdir, mkdtemp, readdir, readlink, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EnvironmentError } from '../../core/errors.js';
import { type Executor, succeeded } from '../../core/executor.js';
import { pointLatestTo } from '../../evidence/run-folder.js';

/** There is much in a folder with captures, and an emulated machine is slow. Milliseconds. */
const patience = 600_000;

/**
 * Brings the run folders that lie in `folder` in the VM into `out` here, whole or not at all, and then removes them there. `latest` leads to the last one, as a run
 * here would have it.
 * @returns the paths here.
 * @throws EnvironmentError that says where the folders are still.
 */
export async function bringBack(vm: Executor, local: Executor, folder: string, out: string): Promise<readonly string[]> {
  const there = await vm.run(['ls', '-A', folder], { timeoutMs: patience });
  if (there.ended !== 'exit') throw remains(folder, there.stderr);
  if (there.exitCode !== 0 || there.stdout.trim() === '') return [];
  await mkdir(out, { recursive: true });
  // In the same file system, so that a folder moves into its place at once.
  const staging = await mkdtemp(join(out, '.from-vm-'));
  try {
    await fetch(vm, local, folder, staging);
    const brought = await place(staging, out);
    await vm.run(['rm', '-rf', '--', folder], { timeoutMs: patience });
    return brought;
  } catch (error) {
    throw error instanceof EnvironmentError ? error : remains(folder, error instanceof Error ? error.message : String(error));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function fetch(vm: Executor, local: Executor, folder: string, staging: string): Promise<void> {
  const archive = join(staging, 'archive.tar');
  const packing = await vm.start(['tar', '-C', folder, '-cf', '-', '.'], { stdoutFile: archive });
  const packed = await packing.ended;
  if (!succeeded(packed)) throw remains(folder, packed.stderr);
  await mkdir(join(staging, 'runs'));
  const unpacked = await local.run(['tar', '-C', join(staging, 'runs'), '--no-same-owner', '-xf', archive], { timeoutMs: patience });
  if (!succeeded(unpacked)) throw remains(folder, unpacked.stderr);
}

async function place(staging: string, out: string): Promise<readonly string[]> {
  const runs = join(staging, 'runs');
  const brought: string[] = [];
  for (const name of (await readdir(runs)).sort()) {
    if (!(await lstat(join(runs, name))).isDirectory()) continue;
    // A new run's name holds its time and chance; one that is taken is refused by rename(2), since a run's folder is not empty.
    await rename(join(runs, name), join(out, name));
    brought.push(join(out, name));
  }
  const latest = await readlink(join(runs, 'latest')).catch(() => undefined);
  const last = brought.find((path) => basename(path) === latest);
  if (last !== undefined) await pointLatestTo(last);
  return brought;
}

function remains(folder: string, why: string): EnvironmentError {
  return new EnvironmentError(`the run's folder could not be brought back from the VM: ${why.trim() || 'the connection was lost'}`, {
    hint: `it lies there still, in ${folder}: vagrant ssh -c 'sudo tar -C ${folder} -cf - .' > runs.tar`,
  });
}
