import { z } from 'zod';
import type { Check, Verdict } from '../../core/check.js';
import { Registry } from '../../core/registry.js';
import type { LabRegistries } from '../registries.js';
import { roleExpression } from '../roles.js';

const role = roleExpression();
const place = z.union([role, z.array(role).min(1)]);

/** Checks and probes with the options that the labs use, and nothing behind them: the loader never judges. */
export const standIns: LabRegistries = {
  probes: new Registry('probe', [
    { kind: 'capture', optionsSchema: z.strictObject({ filter: z.string().min(1) }) },
    { kind: 'counters', optionsSchema: z.strictObject({}), readings: true },
    { kind: 'conntrack', optionsSchema: z.strictObject({}) },
  ]),
  checks: new Registry<Check>('check', [
    check('nodes', z.strictObject({ label: z.string(), values: z.record(z.string(), z.string()) }), ['count', 'label', 'range'], () => [
      'objects',
    ]),
    check('placement', z.strictObject({ pods: z.record(z.string(), z.string()) }), ['missing', 'node'], () => ['objects']),
    check(
      'endpoints',
      z.strictObject({ service: role, count: z.int().min(0), port: z.int(), targetPort: z.int() }),
      ['count', 'port'],
      () => ['objects'],
    ),
    check(
      'answers',
      z.strictObject({ answers: z.string(), by: z.enum(['backends', 'target']) }),
      ['no-answer', 'wrong-responder'],
      ({ answers }) => [answers],
    ),
    check(
      'hop',
      z.strictObject({ at: z.array(role).min(1), source: role, destination: role, path: z.boolean().exactOptional() }),
      ['missing', 'source', 'destination'],
      () => ['wire'],
    ),
    check('never-seen', z.strictObject({ on: place, address: role }), ['seen', 'blind'], () => ['wire']),
    check(
      'rule-counters',
      z.strictObject({
        on: place,
        service: role,
        chain: z.string().exactOptional(),
        exactly: z.array(z.string()).exactOptional(),
        atLeast: z.array(z.string()).exactOptional(),
        none: z.array(z.string()).exactOptional(),
      }),
      [
        'portal',
        'cascade',
        'dnat',
        'unmarked-return',
        'prerouting',
        'masquerade-mark',
        'forward-kube-forward',
        'forward-kube-services',
        'dropped',
      ],
      () => ['rules'],
    ),
    check('conntrack-tuples', z.looseObject({}), ['missing', 'original-destination', 'reply-source', 'reply-destination'], () => ['table']),
    check('cascade-fair', z.strictObject({ on: place, service: role }), ['endpoints', 'probability', 'foreign'], () => ['rules']),
    check('fits-cascade', z.strictObject({ on: place, service: role }), ['distribution'], () => ['answers', 'rules']),
    check('four-counts', z.strictObject({ on: place, service: role }), ['answers', 'dnat', 'conntrack', 'syns'], () => [
      'answers',
      'rules',
      'table',
      'wire',
    ]),
    { ...check('modes-agree', z.strictObject({}), ['answers', 'source'], () => []), acrossModes: true },
  ]),
  clusters: ['netns', 'kind'],
};

function check<T>(
  kind: string,
  optionsSchema: z.ZodType<T>,
  reasons: readonly string[],
  observations: (options: T) => readonly string[],
): Check<T> {
  return {
    kind,
    optionsSchema,
    reasons,
    observations,
    judge(): Verdict {
      throw new Error(`the stand-in for ${kind} judges nothing`);
    },
  };
}
