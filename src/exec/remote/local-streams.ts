import { execa } from 'execa';
import { EnvironmentError } from '../../core/errors.js';
import type { OpenStreams } from './streams.js';

/** Through a program on this machine that leads somewhere else, such as `kubectl exec --stdin POD --`: its words stand before the command's. */
export function localStreams(prefix: readonly string[]): OpenStreams {
  return async (argv) => {
    const [program = '', ...rest] = [...prefix, ...argv];
    const child = execa(program, rest, { reject: false, buffer: false, stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' });
    const ended = child.then((end) => {
      if (end.exitCode === undefined && end.signal === undefined) throw new EnvironmentError(`'${program}' cannot be run`);
      return end.exitCode ?? null;
    });
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      ended: ended.catch(() => null),
      close: () => child.kill('SIGKILL'),
    };
  };
}
