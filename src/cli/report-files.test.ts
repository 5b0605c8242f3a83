import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { RunEvent } from '../core/events.js';
import { waitFor } from '../core/wait.js';
import { reportSchema } from '../reporters/report-schema.js';
import { openReportFiles } from './report-files.js';

const options = { language: 'en', unicode: true } as const;
const text = { en: 'a', ko: 'a' };

const started: RunEvent = {
  type: 'run-started',
  at: 0,
  lab: 'a',
  title: text,
  cluster: 'netns',
  requests: 1,
  folder: 'runs/a',
  startedAt: '2026-01-02T03:04:05Z',
  claims: 1,
  sabotage: false,
};
const judged: RunEvent = {
  type: 'claim-judged',
  at: 1,
  step: 's',
  claim: 'c',
  says: text,
  check: 'hop',
  verdict: { status: 'pass', expected: text, seen: text, evidence: [] },
  attempt: 1,
  source: { file: 'lab.yaml', line: 1, column: 1 },
};
const stepEnded: RunEvent = { type: 'step-ended', at: 2, step: 's', durationMs: 1 };
const ended: RunEvent = {
  type: 'run-ended',
  at: 3,
  lab: 'a',
  totals: { pass: 1, fail: 0, inconclusive: 0, skip: 0 },
  breaks: { proven: 0, notProven: 0, inconclusive: 0 },
  exitCode: 0,
  folder: 'runs/a',
};

t.test('each report is whole from the begin on, and says what is not known yet', async (t) => {
  const folder = t.testdir();
  const [xml, json] = [join(folder, 'new', 'a.xml'), join(folder, 'a.json')];
  const reports = await openReportFiles(
    [
      { kind: 'junit', file: xml },
      { kind: 'json', file: json },
    ],
    options,
  );
  t.match(await readFile(xml, 'utf8'), 'no claim was judged');
  t.equal(reportSchema.parse(JSON.parse(await readFile(json, 'utf8'))).runs.length, 0);

  for (const event of [started, judged, stepEnded]) reports.on(event);
  await waitFor('the claim', async () => (/"id": "c"/.test(await readFile(json, 'utf8')) ? true : undefined), {
    intervalMs: 5,
    timeoutMs: 10_000,
  });
  await waitFor('the same in the other', async () => (/name="c: a"/.test(await readFile(xml, 'utf8')) ? true : undefined), {
    intervalMs: 5,
    timeoutMs: 10_000,
  });
  t.match(await readFile(xml, 'utf8'), 'the run broke off before its end', 'were it killed now');

  reports.on(ended);
  await reports.end();
  t.match(await readFile(xml, 'utf8'), 'tests="1" failures="0" errors="0"');
  t.match(reportSchema.parse(JSON.parse(await readFile(json, 'utf8'))).runs[0], { complete: true, exitCode: 0 });
  t.same((await readdir(folder)).sort(), ['a.json', 'new'], 'nothing lies beside them');
  t.same(await readdir(join(folder, 'new')), ['a.xml']);
});

t.test('what cannot be written is said before anything is run', async (t) => {
  const folder = t.testdir({ file: '' });
  const into = (file: string) => openReportFiles([{ kind: 'tap', file }], options);
  await t.rejects(into(join(folder, 'file', 'x.tap')), {
    name: 'EnvironmentError',
    message: /the report .*x\.tap cannot be written/,
    hint: /can be written to/,
  });
  await mkdir(join(folder, 'x.tap'));
  await t.rejects(into(join(folder, 'x.tap')), { name: 'EnvironmentError' });
  t.same((await readdir(folder)).sort(), ['file', 'x.tap'], 'and nothing of it stays');
});

t.test('a fault on the way matters only if it is still there at the end', async (t) => {
  const folder = t.testdir();
  const file = join(folder, 'sub', 'a.tap');
  const reports = await openReportFiles([{ kind: 'tap', file }], options);
  await rm(join(folder, 'sub'), { recursive: true });
  await writeFile(join(folder, 'sub'), '');
  for (const event of [started, judged, stepEnded, ended]) reports.on(event);
  await t.rejects(reports.end(), { name: 'EnvironmentError' });
  await rm(join(folder, 'sub'));
  await reports.end();
  t.match(await readFile(file, 'utf8'), /^TAP version 14[\s\S]*\n1\.\.1\n$/);
});

t.test('two reports for one file', async (t) => {
  const file = join(t.testdir(), 'a');
  const twice = [
    { kind: 'tap', file },
    { kind: 'json', file: join(file, '..', 'a') },
  ];
  await t.rejects(openReportFiles(twice, options), { name: 'UsageError' });
});
