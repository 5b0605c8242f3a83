import { relative, resolve, sep } from 'node:path';
import { UsageError } from '../../core/errors.js';
import type { RunCommandOptions } from '../commands/run.js';
import type { CommandContext } from '../context.js';
import { findLab, knownLabs } from '../find-lab.js';

/** Where the Vagrantfile puts the project. */
export const projectInVm = '/svclab';

/**
 * The command that does in the VM what was asked for here.
 * @param root the checkout here.
 * @param out where run folders go in the VM.
 * @throws UsageError for a lab that does not come into the VM with the project.
 */
export function insideCommand(
  context: CommandContext,
  labs: readonly string[],
  options: RunCommandOptions,
  { root, out }: { readonly root: string; readonly out: string },
): readonly string[] {
  const { cluster, requests, reporter, json, sabotage, keep, fresh, publish, allowSkip } = options;
  const flags = { json, keep, fresh, publish, 'allow-skip': allowSkip };
  return [
    ...['env', '-C', projectInVm, ...environment(context), 'node', 'scripts/bootstrap.mjs', 'svclab', '--lang', context.language, 'run'],
    ...['--cluster', cluster, '--out', out, '--reporter', reporter],
    ...(requests === undefined ? [] : ['--requests', String(requests)]),
    ...(sabotage === undefined ? [] : ['--sabotage', sabotage]),
    ...Object.entries(flags).flatMap(([name, given]) => (given ? [`--${name}`] : [])),
    ...['--', ...labs.map((lab) => labInVm(lab, context.cwd, root))],
  ];
}

/** No terminal is there; what this one can do is told. */
function environment({ color, unicode, program }: CommandContext): readonly string[] {
  return [
    color ? 'FORCE_COLOR=1' : 'NO_COLOR=1',
    `TERM=${unicode ? 'xterm-256color' : 'linux'}`,
    'LC_ALL=C.UTF-8',
    ...(program === 'svclab' ? [] : ['npm_lifecycle_event=svclab']),
  ];
}

function labInVm(lab: string, cwd: string, root: string): string {
  if (lab === 'all' || knownLabs().includes(lab)) return lab;
  const path = relative(root, resolve(cwd, findLab(lab, cwd)));
  if (path.startsWith('..') || path.startsWith(sep)) {
    throw new UsageError(`${lab} is not part of the project, which is what comes into the VM`, {
      hint: `copy the lab's folder into ${root}`,
    });
  }
  return path.split(sep).join('/');
}
