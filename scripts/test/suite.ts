import { execa } from 'execa';
import { addTally, emptyTally, type Tally, tallyTap } from './tally.js';

/** How the tests of one suite are started: the words before `node file`, where, and with what environment (nothing is added to it). */
export interface Launcher {
  readonly prefix: readonly string[];
  readonly node: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Pace {
  /** How many files run at the same time. */
  readonly atOnce: number;
  /** For one file. */
  readonly timeoutMs: number;
}

/** Five minutes are patience with a busy machine: no file needs two of them. */
const ordinaryPace: Pace = { atOnce: 2, timeoutMs: 300_000 };

/** Told of each file that has ended, and how long it took. */
export type Ended = (file: string, ms: number) => void;

/** Runs each compiled test file in a process of its own, straight with node: tap's own runner takes seconds to start. */
export async function runSuite(
  files: readonly string[],
  launcher: Launcher,
  { atOnce, timeoutMs } = ordinaryPace,
  ended: Ended = () => {},
): Promise<Tally> {
  const total = emptyTally();
  const waiting = [...files];
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const since = performance.now();
      addTally(total, await runFile(file, launcher, timeoutMs));
      ended(file, performance.now() - since);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return total;
}

async function runFile(file: string, { prefix, node, cwd, env }: Launcher, timeoutMs: number): Promise<Tally> {
  const [command = node, ...args] = [...prefix, node, '--enable-source-maps', file];
  const result = await execa(command, args, {
    cwd,
    // tap's own timeout, in seconds, comes first: it says what was going on.
    env: { ...env, TAP: '1', TAP_TIMEOUT: String(timeoutMs / 1000 - 10), NO_COLOR: '1' },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: timeoutMs,
    forceKillAfterDelay: 5000,
  });
  const ending = result.timedOut ? `stopped after ${timeoutMs / 1000} s` : `ended with ${result.signal ?? `exit code ${result.exitCode}`}`;
  const name = file.replace(/^.*\/build\//, '').replace(/\.js$/, '.ts');
  return tallyTap(name, result.stdout, { code: result.exitCode, why: [ending, tail(result.stderr)].join('\n') });
}

function tail(text: string): string {
  return text.split('\n').slice(-30).join('\n').trim();
}
