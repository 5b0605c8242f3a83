import t from 'tap';
import type { Report } from '../../src/reporters/report-schema.js';
import { runResult } from './run-result.js';

type RunReport = Report['runs'][number];
const text = (en: string) => ({ en, ko: en });
const judged = { expected: text('four'), seen: text('three'), evidence: [] };
const claim = (id: string, verdict: RunReport['claims'][number]['verdict']) => ({
  step: 'spread',
  id,
  says: text('so it is'),
  check: 'answers',
  attempt: 1,
  source: { file: 'lab.yaml', line: 1, column: 1 },
  verdict,
});

function report(more: Partial<RunReport> = {}): RunReport {
  return {
    lab: { id: 'clusterip', title: null },
    cluster: 'kind',
    requests: 300,
    sabotage: false,
    startedAt: '2026-01-02T03:04:05Z',
    durationMs: 1,
    folder: 'runs/x',
    complete: true,
    exitCode: 0,
    error: null,
    phases: [],
    totals: { pass: 1, fail: 0, inconclusive: 0, skip: 0 },
    steps: [],
    claims: [claim('good', { status: 'pass', ...judged })],
    breakTotals: { proven: 0, notProven: 0, inconclusive: 0 },
    breaks: [],
    warnings: [],
    kept: null,
    ...more,
  };
}

const result = (exitCode: number, more: Partial<RunReport> = {}) =>
  runResult({ exitCode, stderr: '', ms: 5, stdout: JSON.stringify({ format: 'svclab-report/v1', runs: [report(more)] }) });

t.test('green', async (t) => {
  t.same(result(0), { status: 'green', ms: 5, faults: [], retaken: [], folder: 'runs/x' });
});

t.test('red, also where the run broke off later', async (t) => {
  const red = {
    totals: { pass: 0, fail: 1, inconclusive: 0, skip: 0 },
    claims: [claim('bad', { status: 'fail', reason: 'too-few', ...judged })],
  };
  t.match(result(1, red), { status: 'red', faults: ['bad: fail (too-few): three'] });
  t.match(result(4, { ...red, error: { message: 'docker went away', hint: null } }), {
    status: 'red',
    faults: ['docker went away', /^bad/],
  });
});

t.test('inconclusive', async (t) => {
  const verdict = { status: 'inconclusive' as const, why: text('a packet was dropped'), ...judged };
  const more = { totals: { pass: 0, fail: 0, inconclusive: 1, skip: 0 }, claims: [claim('unsure', verdict)] };
  t.match(result(4, more), { status: 'inconclusive', faults: ['unsure: inconclusive (a packet was dropped): three'] });
});

t.test('what is not said to be well is not green', async (t) => {
  t.match(result(4, { error: { message: 'docker went away', hint: null } }), { status: 'broken off', faults: ['docker went away'] });
  t.match(result(0, { complete: false }), { status: 'broken off' });
  t.match(result(0, { totals: { pass: 0, fail: 0, inconclusive: 0, skip: 0 } }), { status: 'broken off' }, 'nothing was claimed');
  t.match(result(3), { status: 'broken off', faults: ['exit code 3'] });
  for (const stdout of ['', '{', '{"runs":[]}', '{"format":"svclab-report/v1","runs":[]}']) {
    const broken = runResult({ exitCode: 2, stdout, stderr: 'one\nno such lab\n', ms: 5 });
    t.match(broken, { status: 'broken off', faults: [/exit code 2.*no such lab/s], folder: undefined }, stdout);
  }
});

t.test('steps that were taken again', async (t) => {
  const step = {
    id: 'spread',
    text: null,
    attempts: 2,
    retaken: [{ attempt: 2, why: text('a rule was rewritten') }],
    typed: [],
    durationMs: 1,
  };
  t.same(result(0, { steps: [step] }).retaken, [{ step: 'spread', why: 'a rule was rewritten' }]);
});
