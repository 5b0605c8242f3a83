import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { leftovers } from './leftovers.js';
import { inWords, type Programs } from './programs.js';

/**
 * Ends what svclab left running here, then removes what is still marked as its own, and its run folders. Nothing that another has made is touched; what
 * is not there needs no cleaning.
 * @returns what was done, in words.
 * @throws Error where something could not be cleaned; what could be is.
 */
export async function clean(programs: Programs, runs: string): Promise<readonly string[]> {
  const { svclab, docker } = programs;
  const done: string[] = [];
  const faults: string[] = [];
  const down = await svclab('down');
  if (down.code === 0) done.push(...down.stdout.split('\n').filter((line) => line !== ''));
  else faults.push(`svclab down: ${inWords(down)}`);
  const left = await leftovers(programs, runs);
  const remove = async (what: string, names: readonly string[], ...command: readonly string[]): Promise<void> => {
    for (const name of names) {
      const said = await docker(...command, name);
      // Gone in the meantime is gone.
      if (said.code === 0 || /no such (container|volume)/i.test(said.stderr)) done.push(`removed: ${what} ${name}`);
      else faults.push(`${what} ${name}: ${inWords(said)}`);
    }
  };
  // Its record says what else is to go of a cluster that could not be ended.
  if (down.code === 0) {
    await remove('container', left.containers ?? [], 'rm', '--force', '--volumes');
    await remove('volume', left.volumes ?? [], 'volume', 'rm');
  }
  for (const name of left.runs) {
    try {
      await rm(join(runs, name), { recursive: true, force: true });
      done.push(`removed: ${join(runs, name)}`);
    } catch (error) {
      faults.push(`${join(runs, name)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (faults.length > 0) throw new Error(['not everything could be cleaned:', ...faults].join('\n  '));
  return done;
}
