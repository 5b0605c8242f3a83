import { z } from 'zod';
import { defineCheck } from './lab-check.js';
import { latencyOptions, measured, sideOf, straddles } from './latency-series.js';
import { objects } from './options.js';

const optionsSchema = z.strictObject({
  ...latencyOptions,
  under: z.number().positive().describe('What the median with the most Services may be, as a multiple of the one with the fewest'),
});

/** Whether a new connection takes about as long with many Services as with few: the ratio of the medians, by its bootstrap interval. */
export const latencyRatioCheck = defineCheck({
  kind: 'latency-ratio',
  optionsSchema,
  reasons: ['ratio'],
  observations: ({ latency, programming }) => [latency, ...(programming === undefined ? [] : [programming]), objects],
  judge({ options, evidence: { view, scene } }) {
    const { services, under } = options;
    const { statistic, medians, details } = measured(
      options,
      view,
      scene,
      (values) => (values.at(-1) ?? Number.NaN) / (values[0] ?? Number.NaN),
    );
    const { value, low, high } = statistic;
    const range = `${low.toFixed(2)}–${high.toFixed(2)}`;
    const [few, many] = [services[0] ?? 0, services.at(-1) ?? 0];
    const found = {
      expected: {
        en: `the first packet takes less than ${under} times as long with ${many} Services as with ${few}`,
        ko: `서비스가 ${many}개일 때 첫 패킷에 걸리는 시간이 ${few}개일 때의 ${under}배 미만`,
      },
      seen: {
        en: `${value.toFixed(2)} times (${range}); p50 ${medians.en}`,
        ko: `${value.toFixed(2)}배(${range}), p50 ${medians.ko}`,
      },
      details,
    };
    const side = sideOf(statistic, under);
    if (side === 'straddles') return { status: 'inconclusive', why: straddles(range, String(under)), ...found };
    return side === 'below' ? { status: 'pass', ...found } : { status: 'fail', reason: 'ratio', ...found };
  },
});
