import { z } from 'zod';
import type { Detail } from '../core/check.js';
import { UsageError } from '../core/errors.js';
import type { Text } from '../core/text.js';
import { UnsoundEvidence } from '../evidence/unsound.js';
import type { EvidenceView } from '../evidence/view.js';
import type { Scene } from '../scene/scene.js';
import { roleExpression } from '../schema/roles.js';
import { type Interval, medianIntervals, type Rounds, usualResampling } from './statistics/bootstrap.js';

/** The options that checks of first-packet latency share. */
export const latencyOptions = {
  latency: z.string().min(1).default('latency').describe("The observation that holds the times; 'latency' unless said"),
  programming: z.string().min(1).exactOptional().describe('The observation that holds how long the rules took, to be shown beside'),
  services: z.array(z.int().min(1)).min(2).describe('How many Services there are at each point, in rising order'),
  series: z
    .record(z.string(), z.array(roleExpression('Where the times were taken: one place for each point')).min(2))
    .describe('The places of each mode, by its name, in the order of services'),
  of: z.string().describe('The series that is judged; the others are drawn beside it'),
};

interface LatencyOptions {
  readonly latency: string;
  readonly programming?: string;
  readonly services: readonly number[];
  readonly series: Readonly<Record<string, readonly string[]>>;
  readonly of: string;
}

/** A series' median at each number of Services, and one interval of a statistic over them, in microseconds. */
export interface Measured {
  readonly statistic: Interval;
  /** `55.1, 70.2, 275 µs` for the series that is judged. */
  readonly medians: Text;
  readonly details: readonly Detail[];
}

/** @throws UsageError where the options do not fit together, UnsoundEvidence where a place was not measured. */
export function measured(
  options: LatencyOptions,
  view: EvidenceView,
  scene: Scene,
  statistic: (medians: readonly number[]) => number,
): Measured {
  const { services, series } = options;
  const taken = new Map(view.latency(options.latency).series.map(({ place, rounds }) => [place, rounds]));
  const named = Object.entries(series).map(([name, places]) => {
    if (places.length !== services.length)
      throw new UsageError(`'${name}' has ${places.length} places for ${services.length} numbers of Services`);
    return { name, rounds: places.map((expression) => roundsAt(taken, scene, expression)) };
  });
  const judged = named.find(({ name }) => name === options.of);
  if (judged === undefined)
    throw new UsageError(`there is no series '${options.of}'`, { hint: `there are: ${named.map(({ name }) => name).join(', ')}` });

  const points = named.map(({ name, rounds }) => ({
    name,
    intervals: rounds.map((one) => intervalOf([one], ([median = Number.NaN]) => median)),
  }));
  const own = points.find(({ name }) => name === judged.name)?.intervals ?? [];
  const list = own.map(({ value }) => value.toFixed(1)).join(', ');
  const samples = judged.rounds[0]?.flat().length ?? 0;
  const chart: Detail = {
    kind: 'chart',
    title: { en: 'The time of connect() to the last Service, p50', ko: '마지막 서비스로 connect()하는 데 걸린 시간, p50' },
    across: { en: 'Services', ko: '서비스 수' },
    measured: { en: 'p50 of connect()', ko: 'connect()의 p50' },
    unit: 'µs',
    series: points.map(({ name, intervals }) => ({
      name,
      points: intervals.map(({ value, low, high }, i) => ({ x: services[i] ?? 0, y: value, low, high })),
    })),
    note: {
      en: `${samples} new connections at each point, all points in turn; in brackets the ${usualResampling.confidence * 100} % bootstrap interval.`,
      ko: `점마다 새 연결 ${samples}개를 모든 점이 번갈아 맺었다. 괄호 안은 ${usualResampling.confidence * 100} % 부트스트랩 구간.`,
    },
  };
  return {
    statistic: intervalOf(judged.rounds, statistic),
    medians: { en: `${list} µs`, ko: `${list} µs` },
    details: [chart, ...(options.programming === undefined ? [] : [programmingTable(view, options.programming)])],
  };
}

function roundsAt(taken: ReadonlyMap<string, Rounds>, scene: Scene, expression: string): Rounds {
  const places = scene.places(expression);
  const [place = ''] = places;
  const rounds = taken.get(place);
  if (places.length !== 1 || rounds === undefined || rounds.some((round) => round.length === 0) || rounds.length < 2) {
    throw new UnsoundEvidence({
      en: `the latency was not measured at '${expression}'`,
      ko: `'${expression}'에서 지연 시간을 재지 않았습니다`,
    });
  }
  return rounds;
}

function intervalOf(series: readonly Rounds[], statistic: (medians: readonly number[]) => number): Interval {
  const [interval] = medianIntervals(series, [statistic]);
  if (interval === undefined) throw new Error('one statistic has one interval');
  return interval;
}

function programmingTable(view: EvidenceView, name: string): Detail {
  return {
    kind: 'table',
    columns: [
      { en: 'Services', ko: '서비스 수' },
      { en: 'mode', ko: '모드' },
      { en: 'all programmed, s', ko: '모두 기록, s' },
      { en: 'one changed, s', ko: '하나 변경, s' },
    ],
    rows: view
      .programming(name)
      .map(({ services, mode, allMs, oneMs }) => [String(services), mode, (allMs / 1_000).toFixed(2), (oneMs / 1_000).toFixed(2)]),
  };
}

/** What an interval says of a limit: `above` and `below` it, or neither. */
export function sideOf({ low, high }: Interval, limit: number): 'above' | 'below' | 'straddles' {
  if (low > limit) return 'above';
  return high < limit ? 'below' : 'straddles';
}

/** The evidence cannot tell on which side of the limit the truth is. */
export function straddles(range: string, limit: string): Text {
  return {
    en: `the interval ${range} holds the limit ${limit}: measure again on a quieter machine, or with more connections`,
    ko: `구간 ${range} 안에 기준 ${limit}이 들어 있다. 더 조용한 컴퓨터에서, 또는 연결을 더 많이 맺어 다시 재야 한다`,
  };
}
