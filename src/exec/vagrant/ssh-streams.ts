import { localStreams } from '../remote/local-streams.js';
import type { OpenStreams } from '../remote/streams.js';
import { shellWords } from './shell-words.js';

/**
 * Through ssh(1) into a machine, as root there. A session of its own for ssh, so that a terminal's Ctrl-C does not cut the connection: what is at the other end
 * is told by a signal that is sent there.
 * @param config a configuration file for ssh that knows `host`.
 */
export function sshStreams(config: string, host: string): OpenStreams {
  const ssh = localStreams(['ssh', '-F', config, ...options, '-T', host, '--'], { apart: true });
  return async (argv) => ssh([shellWords(['sudo', '-n', '--', ...argv])]);
}

/** A connection that is lost is known to be after two minutes; an emulated machine is slow to answer. Nothing is ever asked. */
const options = ['ServerAliveInterval=15', 'ServerAliveCountMax=8', 'ConnectTimeout=120', 'BatchMode=yes'].flatMap((option) => [
  '-o',
  option,
]);
