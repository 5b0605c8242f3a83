import t from 'tap';
import { Parser } from 'tap-parser';
import { happy, neverBegun, sabotage, stoppedEarly, unhappy } from './fixtures/events.js';
import { expectedText, report } from './fixtures/memory-output.js';
import { createTapReporter } from './tap.js';

const cases = [
  { file: 'tap-happy-en.txt', events: happy, options: {} },
  { file: 'tap-unhappy-ko.txt', events: unhappy, options: { language: 'ko' } },
  { file: 'tap-unhappy-en.txt', events: unhappy, options: {} },
  { file: 'tap-sabotage-en.txt', events: sabotage, options: {} },
  { file: 'tap-stopped-early-en.txt', events: stoppedEarly, options: {} },
  { file: 'tap-never-begun-en.txt', events: neverBegun, options: {} },
] as const;

for (const { file, events, options } of cases) {
  t.test(file, async (t) => {
    const { stdout, stderr } = await report(createTapReporter, events, options);
    t.equal(stdout, expectedText(file));
    t.equal(stderr, '');
  });
}

t.test('a green run is green, point by point', async (t) => {
  const { results, points, extra } = parsed((await report(createTapReporter, happy)).stdout);
  t.same(extra, []);
  t.match(results, { ok: true, count: 3, pass: 3, fail: 0, bailout: false, plan: { start: 1, end: 3 } });
  t.equal(points.length, 6);
  t.ok(points.every(({ ok }) => ok));
  t.equal(points[0]?.name, 'nodes: There are four nodes, each with its label and a pod range of its own inside the pod subnet');
  const hops: unknown = points[3]?.diag?.details?.path;
  t.match(hops, [
    { place: 'pod/default/net-pod', us: 0 },
    { changed: 'destination, 10.200.1.85:9000 became 10.10.2.2:80' },
    {},
    { us: 52.5 },
  ]);
});

t.test('fail and inconclusive are not ok, skip is skip, and the diagnostics survive', async (t) => {
  const { results, points, extra } = parsed((await report(createTapReporter, unhappy)).stdout);
  t.same(extra, []);
  t.match(results, { ok: false, fail: 1 });
  t.same(
    points.map(({ ok, skip }) => [ok, skip]),
    [
      [true, false],
      [false, false],
      [false, false],
      [true, 'this kernel has no nft_numgen'],
    ],
  );
  t.match(points[1]?.diag, {
    status: 'fail',
    reason: 'source',
    seen: '172.18.0.2:41234 → 10.10.2.2:80 at myk8s-worker2 #1 \\ and webpod2',
    evidence: ['captures/wire-myk8s-control-plane.pcap', 'captures/wire-myk8s-worker2.pcap'],
    attempt: 2,
    at: 'labs/clusterip/lab.yaml:163:9',
  });
  t.match(points[2]?.diag, { status: 'inconclusive', seen: 'none among 41 packets\nbut a reader ␛[31mlost␛[0m some' });
});

t.test('each break is a point; the steps taken while one is in place are none', async (t) => {
  const { points, extra } = parsed((await report(createTapReporter, sabotage)).stdout);
  t.same(extra, []);
  t.same(
    points.map(({ ok }) => ok),
    [true, true, true, false, false],
  );
  t.match(points[4]?.diag, { status: 'inconclusive', why: 'the rule was gone before the evidence was complete' });
});

t.test('a run that stopped early bails out, and the step that it was in is not ok', async (t) => {
  const { results, extra } = parsed((await report(createTapReporter, stoppedEarly)).stdout);
  t.same(extra, []);
  t.match(results, {
    ok: false,
    bailout: "tcpdump on myk8s-worker2 ended before it was listening ('svclab doctor' says what this machine lacks)",
  });
});

t.test('a program that breaks off bails out too', async (t) => {
  const { results } = parsed((await report(createTapReporter, happy.slice(0, 12))).stdout);
  t.match(results, { ok: false, bailout: 'the run broke off before its end' });
});

t.test('a run that judged nothing is no success', async (t) => {
  const nothing = happy.filter(({ type }) => type === 'run-started' || type === 'run-ended');
  t.match(parsed((await report(createTapReporter, nothing)).stdout).results, { ok: false, bailout: 'no claim was judged' });
});

t.test('of two labs, the first that stopped early is a point, so that the second can follow', async (t) => {
  const { results, extra } = parsed((await report(createTapReporter, [...stoppedEarly, ...happy])).stdout);
  t.same(extra, []);
  t.match(results, { ok: false, count: 5, fail: 2, bailout: false, plan: { start: 1, end: 5 } });
});

t.test('a step that judged nothing is not ok, and one whose claims were all skipped is skipped', async (t) => {
  const empty = await report(
    createTapReporter,
    [happy[0], happy[7], happy[10]].flatMap((event) => (event === undefined ? [] : [event])),
  );
  t.match(empty.stdout, /^not ok 1 - stage: /m);
  const skipped = await report(
    createTapReporter,
    unhappy.filter((event) => event.type !== 'claim-judged' || event.verdict.status === 'skip'),
  );
  t.match(skipped.stdout, /^ok 1 - wire: .* # SKIP every claim was skipped$/m);
});

t.test('a description cannot become a directive', async (t) => {
  const [started, claim, ended] = [happy[0], happy[8], happy[10]];
  if (started === undefined || claim?.type !== 'claim-judged' || ended === undefined) throw new Error('the sample has changed');
  const says = 'a \\ b # SKIP not really';
  const { points, extra } = parsed((await report(createTapReporter, [started, { ...claim, says: { en: says, ko: says } }, ended])).stdout);
  t.same(extra, []);
  t.match(points[0], { ok: true, skip: false, name: `nodes: ${says}` });
  const brace = await report(createTapReporter, [started, { ...claim, says: { en: 'a {', ko: 'a {' } }, ended]);
  t.match(parsed(brace.stdout), { points: { length: 1 }, extra: [] }, 'nor begin a subtest');
});

interface Point {
  readonly ok: boolean;
  readonly name: string;
  readonly skip: string | boolean;
  readonly diag: { readonly details?: { readonly path?: unknown } } | null;
}

/** What tap-parser makes of it, in strict mode: the points of the subtests, and what it could not understand. */
function parsed(text: string): { results: unknown; points: Point[]; extra: string[] } {
  const points: Point[] = [];
  const extra: string[] = [];
  let results: unknown;
  const parser = new Parser({ strict: true }, (final) => {
    results = final;
  });
  parser.on('extra', (line: string) => extra.push(line));
  parser.on('child', (child: Parser) => {
    child.on('extra', (line: string) => extra.push(line));
    child.on('assert', (point: Point) => points.push(point));
  });
  parser.end(text);
  return { results, points, extra };
}
