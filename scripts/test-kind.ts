// What `npm run test:kind` runs after the bootstrap: every test of a real cluster (`*.kind.test.ts`), one at a time, since they share one Docker
// engine and one cluster name. It ends with `N passed, N failed`, as `npm test` does, and with 3 where the machine lacks what they need.
// `npm run test:kind -- sabotage` runs the tests whose path holds that text.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '../src/core/errors.js';
import { whatRealClustersLack } from './real-cluster.js';
import { testFiles } from './test/files.js';
import { TestReport } from './test/report.js';
import { runSuite } from './test/suite.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** A cluster of four nodes takes a minute or two to make, and each break some seconds; a small machine takes several times as long. */
const pace = { atOnce: 1, timeoutMs: 2_700_000 };

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const files = await testFiles(root, 'kind', words);
  if (files.length === 0) return refuse(exitCodes.usage, [`no test of a real cluster has ${words.join(' or ')} in its path`]);
  const lacking = await whatRealClustersLack();
  if (lacking.length > 0) return refuse(exitCodes.unmet, ['these tests need a real cluster, and this machine lacks:', ...lacking]);
  const report = new TestReport({ path: process.env.PATH ?? '', elsewhere: [] });
  try {
    for (const file of files) await take(file, report);
  } catch (error) {
    report.broke(error);
  }
  return report.end();
}

async function take(file: string, report: TestReport): Promise<void> {
  const name = file.replace(/^build\//, '').replace(/\.js$/, '.ts');
  report.print(`${name} ...`);
  const since = performance.now();
  const launcher = { prefix: [], node: process.execPath, cwd: root, env: process.env };
  report.add(name, await runSuite([join(root, file)], launcher, pace), performance.now() - since);
}

function refuse(code: number, lines: readonly string[]): number {
  process.stderr.write(`${lines.join('\n')}\n`);
  return code;
}
