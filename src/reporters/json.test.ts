import t from 'tap';
import { happy, neverBegun, sabotage, stoppedEarly, unhappy } from './fixtures/events.js';
import { report } from './fixtures/memory-output.js';
import { createJsonReporter } from './json.js';
import { type Report, reportSchema } from './report-schema.js';

t.test('every run, however it ended, is one document of the schema', async (t) => {
  for (const events of [happy, unhappy, stoppedEarly, neverBegun, sabotage, [...happy, ...sabotage], []]) {
    const { stderr, document } = await json(events);
    t.equal(stderr, '');
    t.equal(document.format, 'svclab-report/v1');
    t.equal(document.runs.length, events.filter(({ type }) => type === 'run-ended').length);
  }
});

t.test('a green run', async (t) => {
  const { document } = await json(happy);
  t.match(document.runs[0], {
    lab: { id: 'clusterip', title: { en: 'How a ClusterIP reaches a pod' } },
    cluster: 'netns',
    requests: 300,
    sabotage: false,
    startedAt: '2024-11-22T21:10:04.000Z',
    durationMs: 948,
    folder: 'runs/clusterip-2024-11-22T21-10-04',
    complete: true,
    exitCode: 0,
    error: null,
    totals: { pass: 6, fail: 0, inconclusive: 0, skip: 0 },
    warnings: [{ code: 'feature-gates' }],
    kept: null,
  });
  t.same(
    document.runs[0]?.phases.map(({ phase }) => phase),
    ['cluster', 'workloads', 'steps', 'cleanup'],
  );
  t.same(
    document.runs[0]?.claims.map(({ step, id }) => `${step}/${id}`),
    ['stage/nodes', 'stage/endpoints', 'wire/asks-for-clusterip', 'wire/arrives-translated', 'spread/answers-fit', 'spread/four-counts'],
  );
  t.match(document.runs[0]?.claims[3], {
    source: { file: 'labs/clusterip/lab.yaml', line: 163, column: 9 },
    verdict: { status: 'pass', details: [{ kind: 'path', hops: { length: 4 } }] },
  });
  t.match(document.runs[0]?.steps[2], {
    id: 'spread',
    attempts: 1,
    typed: [{ place: 'pod/default/net-pod', command: 'curl -s 10.200.1.85:9000', times: 300 }],
    durationMs: 479,
  });
});

t.test('a step that was taken again holds its latest verdicts', async (t) => {
  const { document } = await json(unhappy);
  t.match(document.runs[0]?.steps[0], { attempts: 2, retaken: [{ attempt: 2 }], typed: { length: 1 } });
  t.same(
    document.runs[0]?.claims.map(({ id, attempt, verdict }) => [id, attempt, verdict.status]),
    [
      ['asks-for-clusterip', 1, 'pass'],
      ['arrives-translated', 2, 'fail'],
      ['clusterip-stays', 2, 'inconclusive'],
      ['nftables-too', 2, 'skip'],
    ],
  );
});

t.test('breaks, with the verdict under each; the claims are those of the healthy cluster', async (t) => {
  const { document } = await json(sabotage);
  t.match(document.runs[0]?.breakTotals, { proven: 1, notProven: 1, inconclusive: 1 });
  t.match(document.runs[0]?.breaks, [
    { id: 'masqueraded', claim: 'arrives-translated', status: 'proven', broken: { status: 'fail', reason: 'source' } },
    { id: 'translated-in-pod', status: 'not-proven', broken: { status: 'pass' } },
    { id: 'translated-late', status: 'inconclusive', broken: null },
  ]);
  t.same(
    document.runs[0]?.claims.map(({ verdict }) => verdict.status),
    ['pass', 'pass'],
  );
});

t.test('a run that stopped early says why, and holds what was judged until then', async (t) => {
  const { document } = await json(stoppedEarly);
  t.match(document.runs[0], {
    complete: false,
    exitCode: 4,
    error: { message: 'tcpdump on myk8s-worker2 ended before it was listening', hint: "'svclab doctor' says what this machine lacks" },
    claims: [{ id: 'nodes' }],
    steps: [{ id: 'stage', durationMs: null }],
  });
});

t.test('a program that breaks off has no exit code yet, and counts for itself', async (t) => {
  const { document } = await json(sabotage.slice(0, 17));
  t.match(document.runs[0], { complete: false, exitCode: null, totals: { pass: 2, fail: 0 }, breakTotals: { proven: 1, notProven: 0 } });
});

async function json(events: typeof happy): Promise<{ stderr: string; document: Report }> {
  const { stdout, stderr } = await report(createJsonReporter, events);
  return { stderr, document: reportSchema.parse(JSON.parse(stdout)) };
}
