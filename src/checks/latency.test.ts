import t from 'tap';
import { latencyRatioCheck } from './latency-ratio.js';
import { latencySlopeCheck } from './latency-slope.js';
import { judged, outcome } from './testing/stage.js';

const services = [10, 1_000, 10_000];
const series = {
  iptables: ['backends.0', 'backends.1', 'backends.2'],
  nftables: ['backends.0.node', 'backends.1.node', 'backends.2.node'],
};
const pods = ['pod/default/webpod1', 'pod/default/webpod2', 'pod/default/webpod3'];
const nodes = ['node/myk8s-worker', 'node/myk8s-worker2', 'node/myk8s-worker3'];

/** Ten rounds of twenty values around each middle, up to `noise` away, the same each time. */
function measuredAs(middles: readonly number[], noise = 5) {
  const values = (middle: number, i: number) =>
    Array.from({ length: 10 }, (_, round) =>
      Array.from({ length: 20 }, (_, k) => middle + (((round * 37 + k * 11 + i * 5) % 21) / 20 - 0.5) * 2 * noise),
    );
  const one = (places: readonly string[]) =>
    places.map((place, i) => ({ place, to: '10.96.0.1:9000', rounds: values(middles[i] ?? 0, i) }));
  return { series: [...one(pods), ...one(nodes)] };
}

const slope = { of: 'iptables', above: 3, services, series };
const ratio = { of: 'nftables', under: 1.5, services, series };

t.test('the slope: over the limit, under it, and neither', async (t) => {
  const verdict = judged(latencySlopeCheck, slope, { latency: measuredAs([50, 70, 270]) });
  t.equal(verdict.status, 'pass');
  t.match(verdict.seen.en, /^2\d\.\d ns for each Service/);
  t.match(verdict.details?.[0], {
    kind: 'chart',
    series: [{ name: 'iptables', points: [{ x: 10 }, { x: 1_000 }, { x: 10_000 }] }, { name: 'nftables' }],
  });
  t.equal(outcome(judged(latencySlopeCheck, slope, { latency: measuredAs([50, 50, 50]) })), 'slope');
  t.equal(outcome(judged(latencySlopeCheck, slope, { latency: measuredAs([50, 80, 80], 60) })), 'inconclusive', 'too noisy to tell');
});

t.test('the ratio: under the limit, over it, and neither', async (t) => {
  const verdict = judged(latencyRatioCheck, ratio, { latency: measuredAs([50, 52, 55]) });
  t.equal(verdict.status, 'pass');
  t.match(verdict.seen.en, /^1\.\d\d times/);
  t.equal(outcome(judged(latencyRatioCheck, ratio, { latency: measuredAs([50, 60, 100]) })), 'ratio');
  t.equal(outcome(judged(latencyRatioCheck, ratio, { latency: measuredAs([50, 60, 75], 40) })), 'inconclusive', 'too noisy to tell');
});

t.test('how long the rules took is shown beside, and judged by nobody', async (t) => {
  const programming = [{ node: 'myk8s-worker', mode: 'iptables', services: 10, allMs: 120, oneMs: 40 }];
  const verdict = judged(latencyRatioCheck, { ...ratio, programming: 'programming' }, { latency: measuredAs([50, 50, 50]), programming });
  t.same(
    verdict.details?.map((detail) => (detail.kind === 'table' ? detail.rows : detail.kind)),
    ['chart', [['10', 'iptables', '0.12', '0.04']]],
  );
});

t.test('without its evidence', async (t) => {
  for (const [check, options] of [
    [latencySlopeCheck, slope],
    [latencyRatioCheck, ratio],
  ] as const) {
    t.equal(outcome(judged(check, options, { without: ['latency'] })), 'inconclusive');
    t.equal(outcome(judged(check, options, { latency: measuredAs([50, 50, 50]), unsound: 'latency' })), 'inconclusive');
    t.equal(outcome(judged(check, options, { latency: { series: [] } })), 'inconclusive', 'a place that was not measured');
  }
});

t.test('a series that is not there, or does not fit', async (t) => {
  const latency = measuredAs([50, 50, 50]);
  t.throws(() => judged(latencySlopeCheck, { ...slope, of: 'ipvs' }, { latency }), { name: 'UsageError', message: /no series 'ipvs'/ });
  t.throws(() => judged(latencySlopeCheck, { ...slope, services: [10, 100] }, { latency }), {
    name: 'UsageError',
    message: /3 places for 2/,
  });
});
