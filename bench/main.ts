/**
 * `npm run bench`: how long svclab takes, beside other ways to the same thing. Never a test: targets are reported, and the exit code says only
 * whether every benchmark could be taken.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageRoot } from '../src/cli/package-root.js';
import { exitCodes, SvclabError } from '../src/core/errors.js';
import { readArguments, usage } from './arguments.js';
import type { BenchContext, Benchmark } from './benchmark.js';
import { sampleWord } from './embedded/fresh.js';
import { lookAtMachine, warnings } from './machine.js';
import { measure } from './measure.js';
import { benchmarks } from './registry.js';
import { markdownReport, textReport } from './report.js';
import { type BenchmarkResult, type BenchResults, failed, summarize } from './results.js';

const markdownFile = join(packageRoot, 'bench', 'RESULTS.md');
const interrupt = new AbortController();
/** When `progress` last wrote a line. */
let told = performance.now();
const context: BenchContext = { root: process.getuid?.() === 0, env: process.env, signal: interrupt.signal };

for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupt.abort(new Error(`interrupted by ${name}`)));
try {
  const argv = process.argv.slice(2);
  process.exitCode = argv[0] === sampleWord ? await printSample(Number(argv[1])) : await main(argv);
} catch (error) {
  process.stderr.write(`bench: ${inWords(error)}\n`);
  if (error instanceof SvclabError && error.hint !== undefined) process.stderr.write(`${error.hint}\n`);
  process.exitCode = interrupt.signal.aborted
    ? exitCodes.interrupted
    : error instanceof SvclabError
      ? error.exitCode
      : exitCodes.environment;
}

async function main(argv: readonly string[]): Promise<number> {
  const options = readArguments(argv);
  if (options.help) return print(usage);
  if (options.list) return print(benchmarks.all.map(({ name, what }) => `${name}: ${what}\n`).join(''));
  const ofThisMachine = benchmarks.all.filter(({ realCluster }) => options.kind || realCluster !== true);
  const chosen = options.names.length === 0 ? ofThisMachine : options.names.map((name) => benchmarks.get(name));
  const say = (text: string): void => void (options.json ? process.stderr : process.stdout).write(text);

  const startedAt = new Date().toISOString();
  const machine = await lookAtMachine(process.version, process.env);
  say(`${machine.cores} cores, load average ${machine.loadAverage.map((value) => value.toFixed(2)).join(' ')}\n`);
  for (const warning of warnings(machine)) say(`warning: ${warning}\n`);
  say('\n');
  const results: BenchmarkResult[] = [];
  for (const benchmark of chosen) {
    const result = await take(benchmark, options.runs ?? benchmark.rounds);
    results.push(result);
    say(`${textReport(result)}\n`);
  }
  const all: BenchResults = { startedAt, machine, warnings: warnings(machine), benchmarks: results };
  const file = keep(all, resolve(options.out ?? join(packageRoot, 'runs', 'bench')));
  if (options.markdown)
    writeFileSync(markdownFile, markdownReport(all, existsSync(markdownFile) ? readFileSync(markdownFile, 'utf8') : ''));
  if (options.json) print(`${JSON.stringify(all, null, 2)}\n`);
  say(`raw figures: ${file}\n`);
  return results.some(({ failure }) => failure !== undefined) ? exitCodes.environment : exitCodes.ok;
}

async function take(benchmark: Benchmark, rounds: number): Promise<BenchmarkResult> {
  try {
    await using prepared = await benchmark.prepare(context);
    const onRound = (round: number): void => progress(`${benchmark.name}: round ${round} of ${rounds}`);
    const measured = await measure(prepared.contestants, rounds, { signal: interrupt.signal, onRound });
    return summarize(benchmark, measured.rounds, prepared.skipped);
  } catch (error) {
    interrupt.signal.throwIfAborted();
    return failed(benchmark, inWords(error));
  } finally {
    progress('');
  }
}

/** One embedded sample for the process that started this one (see embedded/fresh.ts). */
async function printSample(pods: number): Promise<number> {
  const { takeEmbeddedSample } = await import('./embedded/sample.js');
  return print(`${JSON.stringify(await takeEmbeddedSample(pods, context))}\n`);
}

/** @returns the file's path. */
function keep(all: BenchResults, folder: string): string {
  const file = join(folder, `${all.startedAt.replaceAll(':', '').replace(/\.\d+/, '')}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  return file;
}

/** One line that is written over, for a person who waits; where it cannot be, no more than one line in ten seconds. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '' && performance.now() - told > 10_000) {
    told = performance.now();
    process.stderr.write(`${text}\n`);
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return exitCodes.ok;
}

function inWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
