// `npm run runner -- prepare|check|clean`: what a CI machine wants between jobs (docs/runner.md). It may be run at any time, and again.
import { join } from 'node:path';
import { packageRoot } from '../src/cli/package-root.js';
import type { Finding } from '../src/core/cluster.js';
import { exitCodes, SvclabError } from '../src/core/errors.js';
import { readArguments, usage } from './runner/arguments.js';
import { check } from './runner/check.js';
import { clean } from './runner/clean.js';
import { programs } from './runner/programs.js';

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`runner: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof SvclabError && error.hint !== undefined) process.stderr.write(`${error.hint}\n`);
  return error instanceof SvclabError ? error.exitCode : exitCodes.environment;
});

async function main(argv: readonly string[]): Promise<number> {
  const options = readArguments(argv);
  if (options.help) {
    process.stdout.write(usage);
    return exitCodes.ok;
  }
  const started = programs([process.execPath, join(packageRoot, 'build', 'src', 'cli', 'main.js')]);
  if (options.job !== 'check') print(await clean(started, options.runs));
  if (options.job === 'clean') return exitCodes.ok;
  const findings = await check(started, options);
  print(findings.flatMap(lines));
  return findings.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.unmet;
}

function lines({ what, ok, detail, hint }: Finding): readonly string[] {
  return [`${ok ? 'ok     ' : 'NOT OK '} ${what}: ${detail}`, ...(hint === undefined ? [] : [`        ${hint}`])];
}

function print(all: readonly string[]): void {
  if (all.length > 0) process.stdout.write(`${all.join('\n')}\n`);
}
