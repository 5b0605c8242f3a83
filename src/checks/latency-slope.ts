import { z } from 'zod';
import { defineCheck } from './lab-check.js';
import { latencyOptions, measured, sideOf, straddles } from './latency-series.js';
import { objects } from './options.js';
import { slope } from './statistics/bootstrap.js';

const optionsSchema = z.strictObject({
  ...latencyOptions,
  above: z.number().min(0).describe('Nanoseconds that each Service must add at least'),
});

/** Whether a new connection takes longer the more Services there are: the slope of the medians, by its bootstrap interval. */
export const latencySlopeCheck = defineCheck({
  kind: 'latency-slope',
  optionsSchema,
  reasons: ['slope'],
  observations: ({ latency, programming }) => [latency, ...(programming === undefined ? [] : [programming]), objects],
  judge({ options, evidence: { view, scene } }) {
    const { statistic, medians, details } = measured(options, view, scene, (values) => slope(options.services, values) * 1_000);
    const { value, low, high } = statistic;
    const range = `${low.toFixed(1)}–${high.toFixed(1)} ns`;
    const found = {
      expected: {
        en: `each Service more adds over ${options.above} ns to the first packet`,
        ko: `서비스가 하나 늘 때마다 첫 패킷이 ${options.above} ns 넘게 느려짐`,
      },
      seen: {
        en: `${value.toFixed(1)} ns for each Service (${range}); p50 ${medians.en}`,
        ko: `서비스 하나에 ${value.toFixed(1)} ns(${range}), p50 ${medians.ko}`,
      },
      details,
    };
    const side = sideOf(statistic, options.above);
    if (side === 'straddles') return { status: 'inconclusive', why: straddles(range, `${options.above} ns`), ...found };
    return side === 'above' ? { status: 'pass', ...found } : { status: 'fail', reason: 'slope', ...found };
  },
});
