import { readdirSync, readFileSync } from 'node:fs';

/**
 * Megabytes (10^6 bytes) of all processes below `ancestor`, itself left out. PSS (proc_pid_smaps_rollup(5)): a page that several processes
 * share is counted once, in parts.
 */
export function treeMemory(ancestor: number): number {
  const parents = new Map(readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [[Number(name), parentOf(name)] as const] : [])));
  const kilobytes = descendants(parents, ancestor).reduce((sum, pid) => sum + pss(pid), 0);
  return (kilobytes * 1024) / 1e6;
}

/** Every process below `ancestor`, from the parent of each process. */
export function descendants(parents: ReadonlyMap<number, number>, ancestor: number): readonly number[] {
  const children = [...parents].flatMap(([pid, parent]) => (parent === ancestor ? [pid] : []));
  return children.flatMap((child) => [child, ...descendants(parents, child)]);
}

function parentOf(pid: string): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(readIfThere(`/proc/${pid}/status`))?.[1] ?? 0);
}

function pss(pid: number): number {
  return Number(/^Pss:\s*(\d+) kB$/m.exec(readIfThere(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

/** Processes end while they are looked at. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
