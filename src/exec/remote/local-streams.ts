import { execa } from 'execa';
import type { OpenStreams } from './streams.js';

/**
 * Through a program on this machine that leads somewhere else, such as `kubectl exec --stdin POD --`: its words stand before the command's.
 * @param options.apart in a session of its own, where a terminal's Ctrl-C is not heard.
 */
export function localStreams(prefix: readonly string[], options: { readonly apart?: boolean } = {}): OpenStreams {
  return async (argv) => {
    const [program = '', ...rest] = [...prefix, ...argv];
    const child = execa(program, rest, {
      reject: false,
      buffer: false,
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      detached: options.apart ?? false,
    });
    const { stdin, stdout, stderr } = child;
    const close = (): void => {
      child.kill('SIGKILL');
      // What the program has started may hold the other ends; neither its output nor its end is waited for.
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
    };
    return { stdin, stdout, stderr, ended: child.then((end) => end.exitCode ?? null), close };
  };
}
