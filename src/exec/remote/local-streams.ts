import { execa } from 'execa';
import type { OpenStreams } from './streams.js';

/** Through a program on this machine that leads somewhere else, such as `kubectl exec --stdin POD --`: its words stand before the command's. */
export function localStreams(prefix: readonly string[]): OpenStreams {
  return async (argv) => {
    const [program = '', ...rest] = [...prefix, ...argv];
    const child = execa(program, rest, { reject: false, buffer: false, stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' });
    const { stdin, stdout, stderr } = child;
    const close = (): void => {
      child.kill('SIGKILL');
      // What the program has started may hold the other ends; neither its output nor its end is waited for.
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
    };
    return { stdin, stdout, stderr, ended: child.then((end) => end.exitCode ?? null), close };
  };
}
