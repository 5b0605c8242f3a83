import t from 'tap';
import type { Benchmark } from './benchmark.js';
import { markdownReport, textReport } from './report.js';
import { failed, summarize } from './results.js';

const benchmark: Benchmark = {
  name: 'up',
  what: 'from nothing to the first answer',
  unit: 'ms',
  rounds: 3,
  yardstick: 'ours',
  targets: [
    { kind: 'median', of: 'ours', atMost: 250 },
    { kind: 'ratio', of: 'ours', to: 'theirs', atMost: 0.2 },
    { kind: 'ratio', of: 'ours', to: 'absent', atMost: 0.5 },
  ],
  prepare: () => Promise.reject(new Error('not called here')),
};
const rounds = [
  { ours: 100, theirs: 400 },
  { ours: 220, theirs: 440 },
  { ours: 210, theirs: 1050 },
];
const result = summarize(benchmark, rounds, [{ name: 'absent', why: 'it is not installed' }]);

t.test('a summary', (t) => {
  t.same(result.rounds, rounds, 'the raw figures are kept');
  t.same(result.figures[1], {
    name: 'theirs',
    spread: { median: 440, min: 400, max: 1050, n: 3 },
    ratio: { median: 4, min: 2, max: 5, n: 3 },
  });
  t.same(
    result.targets.map(({ status, says }) => [status, says]),
    [
      ['met', 'ours: at most 250 ms'],
      ['missed', 'ours: at most 0.2 times theirs'],
      ['not measured', 'ours: at most 0.5 times absent'],
    ],
  );
  t.end();
});

t.test('as text', (t) => {
  t.equal(
    textReport(result),
    `up: from nothing to the first answer
  ms, 3 rounds  median  min   max  ratio  ratio, min to max
  ours             210  100   220   1.00
  theirs           440  400  1050   4.00       2.00 to 5.00
  target met: ours: at most 250 ms (210 ms)
  target missed: ours: at most 0.2 times theirs (0.250)
  not measured: ours: at most 0.5 times absent
  skipped: absent: it is not installed
`,
  );
  t.end();
});

t.test('a benchmark that could not be taken', (t) => {
  const text = textReport(failed(benchmark, 'the kernel said no'));
  t.match(text, 'failed: the kernel said no');
  t.match(text, 'not measured: ours: at most 250 ms');
  t.notMatch(text, 'median');
  t.end();
});

t.test('as Markdown', (t) => {
  const machine = {
    cores: 2,
    cpu: 'A | B',
    memoryGB: 4,
    kernel: '6.1.0',
    node: 'v20.18.0',
    loadAverage: [0.5, 1, 2],
    busy: 0.5,
    extraCertificates: undefined,
  };
  const results = { startedAt: '2026-01-02T03:04:05.678Z', machine, warnings: ['the machine is not idle'], benchmarks: [result] };
  const text = markdownReport(results);
  t.match(text, '2026-01-02, 2 cores (A | B), 4 GB, Linux 6.1.0, Node v20.18.0;\nload average 0.50 1.00 2.00, 50 % busy');
  t.match(text, '**Warning:** the machine is not idle.');
  t.match(text, '## up\n\nFrom nothing to the first answer.\n');
  t.match(
    text,
    '| ms, 3 rounds | median | min | max | ratio | ratio, min to max |\n| --- | ---: | ---: | ---: | ---: | ---: |\n| ours | 210 |',
  );
  t.match(text, '- target missed: ours: at most 0.2 times theirs (0.250)\n');
  const other = { ...result, name: 'down' };
  const both = markdownReport({ ...results, startedAt: '2026-05-06T07:08:09.000Z', benchmarks: [other] }, text);
  t.equal(
    both,
    `${text}\n${markdownReport({ ...results, startedAt: '2026-05-06T07:08:09.000Z', benchmarks: [other] })
      .split('\n\n')
      .slice(2)
      .join('\n\n')}`,
  );
  const again = markdownReport({ ...results, startedAt: '2026-09-10T11:12:13.000Z' }, both);
  t.match(again, /2026-09-10[\s\S]*## down[\s\S]*2026-05-06/, 'taken again it is new, in its place');
  t.notMatch(again, '2026-01-02');
  t.end();
});
