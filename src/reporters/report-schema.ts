import { z } from 'zod';
import { exitCodes } from '../core/errors.js';

const text = z.strictObject({ en: z.string(), ko: z.string() });
const list = <T extends z.ZodType>(of: T) => z.array(of).readonly();
const count = z.int().min(0);
const milliseconds = z.number();
const source = z.strictObject({ file: z.string(), line: z.int(), column: z.int() });

const detail = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('path'),
    hops: list(
      z.strictObject({
        place: z.string(),
        link: z.string(),
        direction: z.enum(['in', 'out']),
        source: z.string(),
        destination: z.string(),
        offsetUs: z.number(),
        changed: text.optional(),
      }),
    ),
  }),
  z.strictObject({
    kind: z.literal('distribution'),
    rows: list(z.strictObject({ label: z.string(), count: z.number(), share: z.number() })),
    note: text,
  }),
  z.strictObject({
    kind: z.literal('chart'),
    title: text,
    across: text,
    measured: text,
    unit: z.string(),
    series: list(
      z.strictObject({
        name: z.string(),
        points: list(z.strictObject({ x: z.number(), y: z.number(), low: z.number(), high: z.number() })),
      }),
    ),
    note: text,
  }),
  z.strictObject({ kind: z.literal('table'), columns: list(text), rows: list(list(z.union([z.string(), text]))) }),
]);

const judged = { expected: text, seen: text, evidence: list(z.string()), details: list(detail).optional() };
const verdict = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('pass'), ...judged }),
  z.strictObject({ status: z.literal('fail'), reason: z.string(), ...judged }),
  z.strictObject({ status: z.literal('inconclusive'), why: text, lasting: z.literal(true).optional(), ...judged }),
  z.strictObject({ status: z.literal('skip'), why: text, optional: z.boolean(), ...judged }),
]);

const step = z.strictObject({
  id: z.string(),
  text: text.nullable(),
  /** How often the step was taken; more than once where its first evidence could not carry a verdict. */
  attempts: z.int().min(1),
  retaken: list(z.strictObject({ attempt: z.int(), why: text })),
  typed: list(z.strictObject({ place: z.string(), command: z.string(), times: z.int(), why: text })),
  /** Null where the run stopped within the step. */
  durationMs: milliseconds.nullable(),
});

const claim = z.strictObject({
  step: z.string(),
  id: z.string(),
  says: text,
  check: z.string(),
  attempt: z.int(),
  source,
  verdict,
});

const breakOutcome = z.strictObject({
  step: z.string(),
  claim: z.string(),
  id: z.string(),
  says: text.nullable(),
  becauseOf: z.string(),
  status: z.enum(['proven', 'not-proven', 'inconclusive']),
  why: text,
  source,
  /** The claim's verdict while the break was in place; null when it could not be judged. */
  broken: verdict.nullable(),
});

const run = z.strictObject({
  lab: z.strictObject({ id: z.string(), title: text.nullable() }).nullable(),
  cluster: z.string().nullable(),
  requests: z.int().nullable(),
  sabotage: z.boolean().nullable(),
  /** ISO 8601. */
  startedAt: z.string().nullable(),
  /** From the run's begin to its last event. */
  durationMs: milliseconds,
  /** The run's folder; evidence files are named relative to it. */
  folder: z.string().nullable(),
  /** Whether the run came to its own end. */
  complete: z.boolean(),
  /** Null when the program broke off before the run had one. */
  exitCode: z.literal(Object.values(exitCodes)).nullable(),
  /** `source` where it is a fault in a file. */
  error: z.strictObject({ message: z.string(), hint: z.string().nullable(), source: source.optional() }).nullable(),
  phases: list(z.strictObject({ phase: z.enum(['cluster', 'workloads', 'steps', 'sabotage', 'cleanup']), durationMs: milliseconds })),
  totals: z.strictObject({ pass: count, fail: count, inconclusive: count, skip: count }),
  steps: list(step),
  claims: list(claim),
  breakTotals: z.strictObject({ proven: count, notProven: count, inconclusive: count }),
  breaks: list(breakOutcome),
  warnings: list(z.strictObject({ code: z.string(), text })),
  /** How to enter and how to end the cluster, where it was left running: the words of a command. */
  kept: z.strictObject({ enter: list(z.string()), end: list(z.string()) }).nullable(),
});

/** Labs that were not run, and why. */
const leftOut = z.strictObject({ cluster: z.string(), labs: list(z.string()), why: text });

/** The document that the json reporter writes: one entry in `runs` for each lab. Times are milliseconds. */
export const reportSchema = z.strictObject({ format: z.literal('svclab-report/v1'), runs: list(run), leftOut: list(leftOut).optional() });

export type Report = z.infer<typeof reportSchema>;
