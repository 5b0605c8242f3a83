// `npm run soak`: the lab many times in a row, each time as a whole process, to see whether a healthy cluster is ever called anything else. On kind all
// runs go to one cluster. Exits with 1 unless all were green. Ctrl-C ends it with the summary so far.
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { fs } from 'zx';
import { packageRoot } from '../src/cli/package-root.js';
import { exitCodes, SvclabError } from '../src/core/errors.js';
import { type BareCluster, bareCluster } from './real-cluster.js';
import { readArguments, type SoakArguments, usage } from './soak/arguments.js';
import { type RunResult, runResult } from './soak/run-result.js';
import { runText, summarize, summaryText } from './soak/summary.js';

const cli = join(packageRoot, 'build', 'src', 'cli', 'main.js');
/** A sign of life on stderr, after this many runs. */
const often = 10;
const interrupt = new AbortController();
// The terminal's Ctrl-C may come twice, through npm: one is enough, and the run that is under way ends in order.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupt.abort(new Error(`interrupted by ${name}`)));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  if (error instanceof SvclabError && error.hint !== undefined) say(error.hint);
  const failed = error instanceof SvclabError ? error.exitCode : exitCodes.environment;
  process.exitCode = interrupt.signal.aborted ? exitCodes.interrupted : failed;
}

async function main(argv: readonly string[]): Promise<number> {
  const options = readArguments(argv);
  if (options.help) {
    print(usage);
    return exitCodes.ok;
  }
  const out = resolve(options.out ?? join(packageRoot, 'runs', 'soak', new Date().toISOString().replaceAll(':', '').replace(/\.\d+/, '')));
  await mkdir(out, { recursive: true });
  const results: RunResult[] = [];
  let cluster: BareCluster | undefined;
  try {
    if (options.cluster === 'kind') cluster = await bareCluster(join(out, 'logs'), interrupt.signal, say);
    await runAll(options, out, results);
  } finally {
    await cluster?.end();
    await removeEmpty(out);
  }
  print(summaryText(summarize(results)));
  if (interrupt.signal.aborted) return exitCodes.interrupted;
  return results.every(({ status }) => status === 'green') ? exitCodes.ok : exitCodes.failed;
}

async function runAll(options: SoakArguments, out: string, results: RunResult[]): Promise<void> {
  while (results.length < options.runs) {
    const { result, exitCode } = await runOnce(options, out);
    // The run that was interrupted says nothing about the cluster.
    const counts = !interrupt.signal.aborted;
    if (result.folder !== undefined && (result.status === 'green' || !counts)) await rm(result.folder, { recursive: true, force: true });
    if (!counts) return;
    results.push(result);
    const text = runText(results.length, result);
    if (text !== undefined) print(text);
    if (results.length % often === 0) say(`${results.length} of ${options.runs} runs`);
    // Wrong usage, or something that is missing: no later run could do better.
    if (exitCode === exitCodes.usage || exitCode === exitCodes.unmet) return;
  }
}

async function runOnce(
  options: SoakArguments,
  out: string,
): Promise<{ readonly result: RunResult; readonly exitCode: number | undefined }> {
  const requests = options.requests === undefined ? [] : ['--requests', String(options.requests)];
  const argv = [cli, 'run', options.lab, '--cluster', options.cluster, '--json', '--out', out, ...requests];
  const since = performance.now();
  // In a process group of its own: the terminal's Ctrl-C reaches this process alone, which passes it on once.
  const child = execa(process.execPath, argv, { detached: true, reject: false, stdin: 'ignore' });
  const pass = (): void => void child.kill('SIGINT');
  interrupt.signal.addEventListener('abort', pass);
  if (interrupt.signal.aborted) pass();
  try {
    const { exitCode, stdout, stderr } = await child;
    return { result: runResult({ exitCode, stdout, stderr, ms: performance.now() - since }), exitCode };
  } finally {
    interrupt.signal.removeEventListener('abort', pass);
  }
}

/** `latest` leads nowhere once its run is gone, and a folder without runs is of no use. */
async function removeEmpty(out: string): Promise<void> {
  if (!(await fs.pathExists(join(out, 'latest')))) await rm(join(out, 'latest'), { force: true });
  if ((await fs.readdir(out)).length === 0) await rm(out, { recursive: true });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
