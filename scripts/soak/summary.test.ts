import t from 'tap';
import type { RunResult } from './run-result.js';
import { runText, summarize, summaryText } from './summary.js';

const run = (more: Partial<RunResult> = {}): RunResult => ({
  status: 'green',
  ms: 1000,
  faults: [],
  retaken: [],
  folder: 'runs/x',
  ...more,
});
const rewritten = (worker: number) => ({ step: 'count', why: `a rule was rewritten on myk8s-worker${worker}` });

t.test('counts by status, and by reason without its numbers', async (t) => {
  const summary = summarize([
    run({ ms: 4000 }),
    run({ status: 'red', ms: 1000 }),
    run({ status: 'inconclusive', ms: 2000, retaken: [rewritten(1), rewritten(2)] }),
    run({ status: 'broken off', ms: 3000, retaken: [{ step: 'wire', why: 'tcpdump dropped 3 packets' }, rewritten(3)] }),
  ]);
  t.same(summary, {
    runs: 4,
    counts: { green: 1, red: 1, inconclusive: 1, 'broken off': 1 },
    retaken: [
      { why: 'count: a rule was rewritten on myk8s-worker#', times: 3 },
      { why: 'wire: tcpdump dropped # packets', times: 1 },
    ],
    time: { min: 1000, median: 2000, p95: 4000, max: 4000 },
  });
  t.equal(
    summaryText(summary),
    `4 runs: 1 green, 1 red, 1 inconclusive, 1 broken off
steps taken again: 4
     3  count: a rule was rewritten on myk8s-worker#
     1  wire: tcpdump dropped # packets
seconds: min 1.0, median 2.0, p95 4.0, max 4.0`,
  );
});

t.test('times by nearest rank', async (t) => {
  const times = Array.from({ length: 200 }, (_, i) => run({ ms: (i + 1) * 10 })).reverse();
  t.same(summarize(times).time, { min: 10, median: 1000, p95: 1900, max: 2000 });
  t.same(summarize([run({ ms: 7 })]).time, { min: 7, median: 7, p95: 7, max: 7 });
});

t.test('no run at all', async (t) => {
  t.equal(summaryText(summarize([])), '0 runs: 0 green, 0 red, 0 inconclusive, 0 broken off\nsteps taken again: 0');
});

t.test('one run', async (t) => {
  t.equal(runText(1, run()), undefined, 'green at the first attempt: nothing to say');
  t.equal(runText(2, run({ retaken: [rewritten(2)] })), "run 2: green, 1.0 s\n  took 'count' again: a rule was rewritten on myk8s-worker2");
  t.equal(
    runText(3, run({ status: 'red', faults: ['four-counts: fail (differ): 3, 4'] })),
    'run 3: red, 1.0 s\n  four-counts: fail (differ): 3, 4\n  runs/x',
    'and where its evidence lies',
  );
});
