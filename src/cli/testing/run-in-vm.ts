import { SvclabError } from '../../core/errors.js';
import type { CommandContext } from '../context.js';
import { runInVm } from '../vm/run-in-vm.js';
import { testContext } from './context.js';
import type { VagrantStandIns } from './vagrant-stand-ins.js';

type Options = Partial<Parameters<typeof runInVm>[2]>;

export interface Ended {
  /** Also of an error that is thrown, as the program's entry gives it. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** For tests alone: a whole run in the VM that the stand-ins are. */
export async function runThere(
  there: VagrantStandIns,
  options: Options = {},
  changes: Partial<CommandContext> = {},
  labs = ['clusterip'],
): Promise<Ended> {
  const { context, out, err } = testContext(changes);
  const all = { cluster: 'netns', reporter: 'console', out: there.out, ...options };
  try {
    return { code: await runInVm(context, labs, all, there.root), out: out(), err: err() };
  } catch (error) {
    if (!(error instanceof SvclabError)) throw error;
    return { code: error.exitCode, out: out(), err: `${err()}${error.message}\n${error.hint}` };
  }
}
