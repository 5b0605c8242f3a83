import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { userInfo } from 'node:os';

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a shell script in network and mount namespaces of its own, which end with it; as an ordinary user inside a user namespace too. */
export async function runPrivately(script: string, cwd: string): Promise<Ended> {
  const user = userInfo().uid === 0 ? [] : ['--user', '--map-current-user', '--keep-caps'];
  // Debian keeps ip and tcpdump out of an ordinary user's path.
  const reachable = `PATH="$PATH:/usr/sbin:/sbin"\n${script}`;
  return await run(['unshare', ...user, '--net', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-euc', reachable], cwd);
}

export async function run(argv: readonly string[], cwd: string): Promise<Ended> {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { cwd, timeout: 30_000 });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}
