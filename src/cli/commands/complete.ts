import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { type ExitCode, exitCodes, UsageError } from '../../core/errors.js';
import type { CommandContext } from '../context.js';
import { knownLabs } from '../find-lab.js';

const shells: readonly string[] = ['bash', 'zsh', 'fish', 'powershell'];

/** Answers a shell that asks what could come next: `svclab complete -- WORDS`. */
export function complete(program: Command): void {
  const completion = tab(program);
  for (const command of ['run', 'ci', 'up']) {
    completion.commands.get(command)?.argument('lab', (suggest: (value: string, description: string) => void) => {
      for (const id of knownLabs()) suggest(id, 'lab');
      if (command !== 'up') suggest('all', 'every lab');
    });
  }
}

/** Prints the script that a shell loads. */
export async function completion(_context: CommandContext, program: Command, shell: string): Promise<ExitCode> {
  if (!shells.includes(shell)) throw new UsageError(`there is no completion for '${shell}'`, { hint: `shells: ${shells.join(', ')}` });
  complete(program);
  await program.parseAsync(['node', 'svclab', 'complete', shell]);
  return exitCodes.ok;
}
