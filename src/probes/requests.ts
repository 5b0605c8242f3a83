import { randomBytes } from 'node:crypto';
import type { ObservationPart, Soundness } from '../core/evidence.js';
import type { Executor } from '../core/executor.js';
import type { RequestSpec } from '../core/probe.js';
import { type Answer, printAnswers } from '../evidence/answers.js';
import { failure } from './files.js';

/** What curl tells of each request, in this order, between tabs (curl(1), --write-out). */
const fields = [
  '%{urlnum}',
  '%{http_code}',
  '%{local_ip}',
  '%{local_port}',
  '%{remote_ip}',
  '%{remote_port}',
  '%{time_total}',
  '%{exitcode}',
  '%{url}',
  '%{errormsg}',
];

/** From here on, several curls share the requests: while one waits for its answer, another is at work. */
const many = 1_000;
const curls = 4;

/**
 * Sends the requests that a student's curl command would send, one connection each, and records every answer with its connection.
 * One curl process sends them all, one after the other, and where they are many, four do: a process for each would take 25 times as long.
 */
export async function takeRequests(spec: RequestSpec): Promise<{ readonly part: ObservationPart; readonly soundness: Soundness }> {
  const answers: Answer[] = [];
  const problems: string[] = [];
  const ask = async ({ argv, times }: RequestSpec['turns'][number]): Promise<void> => {
    const shares = times < many ? [times] : Array.from({ length: curls }, (_, i) => Math.floor((times + i) / curls));
    for (const taken of await Promise.all(shares.map((share) => send(argv, share, spec.executor, spec.signal)))) {
      for (const answer of taken.answers) answers.push({ ...answer, index: answers.length });
      if (taken.problem !== undefined) problems.push(taken.problem);
    }
  };
  for (const turn of spec.turns) await ask(turn);
  if (spec.meanwhile !== undefined) {
    let going = true;
    const changing = spec.meanwhile().finally(() => {
      going = false;
    });
    // Whoever waits for it below hears of it; until then nobody does.
    changing.catch(() => {});
    while (going) for (const turn of spec.turns) await ask(turn);
    await changing;
    for (const turn of spec.turns) await ask(turn);
  }
  await spec.sink.write(spec.file, printAnswers({ command: spec.turns.map((turn) => turn.argv.join(' ')).join('; '), answers }));
  const part: ObservationPart = { place: spec.executor.place, role: 'answers', format: 'answers-json', file: spec.file };
  const [problem] = problems;
  return {
    part,
    soundness:
      problem === undefined ? { sound: true } : { sound: false, why: { en: problem, ko: `요청을 모두 기록하지 못했습니다: ${problem}` } },
  };
}

/** One comes after the other: each began no earlier than those before it took, and ended no later than those after it left time for. */
function timed(answers: readonly Answer[], startedAtUs: number, endedAtUs: number): readonly Answer[] {
  const tookUs = answers.map(({ timeTotalMs = 0 }) => Math.round(timeTotalMs * 1000));
  const all = tookUs.reduce((sum, us) => sum + us, 0);
  let sum = 0;
  return answers.map((answer, index) => {
    const startedAt = startedAtUs + sum;
    sum += tookUs[index] ?? 0;
    return { ...answer, startedAtUs: startedAt, endedByUs: endedAtUs - (all - sum) };
  });
}

async function send(
  argv: readonly string[],
  times: number,
  executor: Executor,
  signal: AbortSignal,
): Promise<{ answers: readonly Answer[]; problem?: string }> {
  const startedAtUs = Date.now() * 1000;
  const token = randomBytes(9).toString('hex');
  const [program = 'curl', ...args] = argv;
  const { urls, options } = splitUrls(args);
  const lines = Array.from({ length: times }, () => urls.map((url) => `url = "${url.replaceAll(/["\\]/g, '\\$&')}"\n`).join('')).join('');
  const command = [
    program,
    // First of all (curl(1), -q): what the user keeps in ~/.curlrc is not for a lab.
    '-q',
    // No proxy stands between: the packets would be its own.
    ...['--noproxy', '*'],
    // Of an option that is given twice curl takes the last: what the student typed stands.
    ...['--no-progress-meter', '--no-buffer', '--header', 'Connection: close', '--connect-timeout', '3', '--max-time', '10'],
    ...options,
    ...['--write-out', `\\n${token}\\t${fields.join('\\t')}\\n`, '--config', '-'],
  ];
  const wanted = times * urls.length;
  const result = await executor.run(command, { input: lines, signal, timeoutMs: 15_000 + wanted * 50 });
  // curl's exit code is that of its last request; each request's own is in the answers.
  if (result.ended !== 'exit' && result.ended !== 'timeout') throw failure(result);
  const answers = timed(parseOutput(result.stdout, token), startedAtUs, Date.now() * 1000);
  // Where requests fail one after the other, waiting for the rest would take very long and prove nothing more.
  if (answers.length < wanted && answers.some(({ exitCode }) => exitCode !== 0)) return { answers };
  if (answers.length !== wanted)
    return { answers, problem: `curl reported ${answers.length} of ${wanted} requests: ${result.stderr.trim()}` };
  return { answers };
}

/** Words that do not begin with a dash, and are no option's value, are URLs (curl(1)). */
function splitUrls(args: readonly string[]): { readonly urls: readonly string[]; readonly options: readonly string[] } {
  const urls: string[] = [];
  const options: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (!arg.startsWith('-')) urls.push(arg);
    else if (takesNext(arg)) options.push(arg, args[++i] ?? '');
    else options.push(arg);
  }
  return { urls, options };
}

/** Whether the next word is the value of this option. In `-sHfoo` the letters after H are its value already. */
function takesNext(option: string): boolean {
  if (option.startsWith('--')) return longWithValue.has(option.slice(2));
  const letter = [...option.slice(1)].findIndex((one) => 'AbcCdDeEFHKmoPQrtTuUwxXyYz'.includes(one));
  return letter !== -1 && letter === option.length - 2;
}

const longWithValue: ReadonlySet<string> = new Set(
  `connect-timeout connect-to cookie cookie-jar data data-ascii data-binary data-raw data-urlencode dump-header form header interface
  json keepalive-time limit-rate local-port max-redirs max-time noproxy output proxy range rate referer request resolve retry retry-delay
  retry-max-time speed-limit speed-time upload-file user user-agent write-out`.split(/\s+/),
);

function parseOutput(stdout: string, token: string): readonly Answer[] {
  const answers: Answer[] = [];
  const pattern = new RegExp(`\\n${token}\\t([^\\n]*)\\n`, 'g');
  let from = 0;
  for (const match of stdout.matchAll(pattern)) {
    const [
      ,
      status = '0',
      localAddress = '',
      localPort = '0',
      remoteAddress = '',
      remotePort = '0',
      seconds = '0',
      exitCode = '0',
      url = '',
      error = '',
    ] = (match[1] ?? '').split('\t');
    answers.push({
      index: answers.length,
      url,
      localAddress,
      localPort: port(localPort),
      remoteAddress,
      remotePort: port(remotePort),
      status: Number(status),
      body: stdout.slice(from, match.index),
      exitCode: Number(exitCode),
      timeTotalMs: Number(seconds) * 1000,
      ...(error === '' ? {} : { error }),
    });
    from = match.index + match[0].length;
  }
  return answers;
}

/** curl writes -1 or 0 where there was no connection, as its version goes. */
function port(text: string): number {
  return Math.max(0, Number(text));
}
