import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { EnvironmentError } from '../core/errors.js';
import type { RunEvent } from '../core/events.js';
import { summaryLimit } from '../reporters/markdown.js';
import { endReports, reporterFor, together } from './reporter-for.js';
import { testContext } from './testing/context.js';

const text = { en: 'a', ko: 'a' };
const failed: RunEvent = {
  type: 'claim-judged',
  at: 1,
  step: 's',
  claim: 'c',
  says: text,
  check: 'hop',
  verdict: { status: 'fail', reason: 'source', expected: text, seen: text, evidence: [] },
  attempt: 1,
  source: { file: 'labs/x/lab.yaml', line: 7, column: 9 },
};

t.test('github: annotations from the top of the repository, and the summary behind what the step has written', async (t) => {
  const folder = t.testdir({ summary: 'before\n' });
  const file = join(folder, 'summary');
  const env = { GITHUB_STEP_SUMMARY: file, GITHUB_WORKSPACE: '/somewhere' };
  const { context, out } = testContext({ env, cwd: '/somewhere/course' });
  const reporter = await reporterFor(context, { reporter: 'github' });
  reporter.on(failed);
  await reporter.end();
  t.match(out(), /^::error file=course\/labs\/x\/lab\.yaml,line=7,col=9,title=/);
  t.match(await readFile(file, 'utf8'), /^before\n# svclab: 0 of 1 lab holds\n[\s\S]*course\/labs\/x\/lab\.yaml:7/);

  await writeFile(file, 'x'.repeat(summaryLimit - 10));
  const full = await reporterFor(context, { reporter: 'github' });
  full.on(failed);
  await full.end();
  t.equal((await readFile(file)).length, summaryLimit - 10, 'and never more than GitHub takes');

  const gone = testContext({ env: { GITHUB_STEP_SUMMARY: folder } });
  const broken = await reporterFor(gone.context, { reporter: 'github' });
  t.equal(await endReports(gone.context, broken), 4);
  t.match(gone.err(), /the job summary cannot be written[\s\S]*GITHUB_STEP_SUMMARY/);
});

t.test('a file outside of the repository is named as it is', async (t) => {
  const { context, out } = testContext({ env: { GITHUB_WORKSPACE: '/somewhere' }, cwd: '/elsewhere' });
  const reporter = await reporterFor(context, { reporter: 'github' });
  reporter.on(failed);
  await reporter.end();
  t.match(out(), '::error file=labs/x/lab.yaml,');
});

t.test('where one cannot be ended, the others are all the same', async (t) => {
  const ends: string[] = [];
  const one = (name: string, fault?: Error) => ({
    on: () => {},
    end: async () => {
      ends.push(name);
      if (fault !== undefined) throw fault;
    },
  });
  const all = together([one('a', new EnvironmentError('a is full')), one('b')]);
  await t.rejects(all.end(), { message: 'a is full' });
  t.same(ends, ['a', 'b']);
});
