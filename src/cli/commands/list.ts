import stringWidth from 'string-width';
import { type ExitCode, exitCodes } from '../../core/errors.js';
import { loadLab } from '../../schema/load-lab.js';
import type { CommandContext } from '../context.js';
import { findLab, knownLabs } from '../find-lab.js';
import { labRegistries } from '../registries.js';

export async function list(context: CommandContext, options: { readonly json?: boolean }): Promise<ExitCode> {
  const labs = knownLabs().map((id) => loadLab(findLab(id, context.cwd), labRegistries));
  if (options.json) {
    const rows = labs.map(({ id, title, summary, minutes, clusters }) => ({ id, title, summary, minutes, clusters }));
    context.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
    return exitCodes.ok;
  }
  const width = Math.max(...labs.map((lab) => stringWidth(lab.id)));
  for (const lab of labs) {
    const minutes = context.language === 'ko' ? `${lab.minutes}분` : `${lab.minutes} min`;
    context.stdout.write(`${lab.id.padEnd(width)}  ${lab.title[context.language]} (${minutes}; ${lab.clusters.join(', ')})\n`);
  }
  return exitCodes.ok;
}
