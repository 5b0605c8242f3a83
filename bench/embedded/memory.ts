import { readdirSync, readFileSync } from 'node:fs';

/** Megabytes (10^6 bytes) over several processes. */
export interface Memory {
  /** Every process with all it uses: a page that two of them share is counted twice. */
  readonly rss: number;
  /** A page that several processes share is shared out among them, those outside too: other Node programs on the machine make it less. */
  readonly pss: number;
}

/** Of all processes below `ancestor`, itself left out (proc_pid_smaps(5), smaps_rollup). */
export function treeMemory(ancestor: number): Memory {
  const parents = new Map(readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [[Number(name), parentOf(name)] as const] : [])));
  const rollups = descendants(parents, ancestor).map((pid) => readIfThere(`/proc/${pid}/smaps_rollup`));
  return { rss: total(rollups, /^Rss:\s*(\d+) kB$/m), pss: total(rollups, /^Pss:\s*(\d+) kB$/m) };
}

/** Every process below `ancestor`, from the parent of each process. */
export function descendants(parents: ReadonlyMap<number, number>, ancestor: number): readonly number[] {
  const children = [...parents].flatMap(([pid, parent]) => (parent === ancestor ? [pid] : []));
  return children.flatMap((child) => [child, ...descendants(parents, child)]);
}

function parentOf(pid: string): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(readIfThere(`/proc/${pid}/status`))?.[1] ?? 0);
}

function total(rollups: readonly string[], line: RegExp): number {
  const kilobytes = rollups.reduce((sum, rollup) => sum + Number(line.exec(rollup)?.[1] ?? 0), 0);
  return (kilobytes * 1024) / 1e6;
}

/** Processes end while they are looked at. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
