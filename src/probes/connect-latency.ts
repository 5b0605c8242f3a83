import { z } from 'zod';
import { EnvironmentError } from '../core/errors.js';
import { type Place, succeeded } from '../core/executor.js';
import type { Probe, ProbeContext } from '../core/probe.js';
import { printLatency } from '../evidence/latency.js';
import { failure } from './files.js';

const optionsSchema = z.strictObject({
  to: z
    .array(z.string().min(1))
    .min(1)
    .describe('where each place connects to, in the order of the places: $service.address:$service.port'),
  rounds: z.int().min(2).default(12).describe('how often all places take their turn'),
  connections: z.int().min(5).default(40).describe('new connections in each turn'),
});

type Options = z.output<typeof optionsSchema>;

/** The program that times connect(2) alone; the embedded cluster has it in its sandbox. */
const timer = 'svclab-connect-times';

/**
 * How long new connections take, from several places in turn: every round goes through all of them, and every other round backwards, so that a machine that
 * gets slower or faster does so for all. It is measured when the step's actions are done.
 */
export const connectLatency: Probe<Options> = {
  kind: 'connect-latency',
  optionsSchema,
  async begin(context) {
    const { places, options } = context;
    if (places.length !== options.to.length)
      throw new EnvironmentError(`'to' names ${options.to.length} targets for ${places.length} places`);
    const targets = places.map((place, i) => ({ place, to: options.to[i] ?? '' }));
    // Each once, so that neighbours are known and the program is in memory; what cannot connect at all is seen before anything is measured.
    for (const target of targets) await turn(context, target, 5);
    return {
      async end() {
        const rounds = new Map<string, (readonly number[])[]>(targets.map(({ place }) => [place, []]));
        for (let round = 0; round < options.rounds; round++) {
          for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
            rounds.get(target.place)?.push(await turn(context, target, options.connections));
          }
        }
        const series = targets.map(({ place, to }) => ({ place, to, rounds: (rounds.get(place) ?? []).map((values) => [...values]) }));
        const file = context.fileFor('local', 'latency', 'json');
        await context.sink.write(file, printLatency({ series }));
        return { parts: [{ place: 'local', role: 'latency', format: 'latency-json', file }], soundness: { sound: true } };
      },
      async [Symbol.asyncDispose]() {},
    };
  },
};

async function turn(
  { executor, signal }: ProbeContext<Options>,
  { place, to }: { readonly place: Place; readonly to: string },
  connections: number,
): Promise<readonly number[]> {
  const at = to.lastIndexOf(':');
  const result = await executor(place).run([timer, to.slice(0, at), to.slice(at + 1), String(connections)], { signal });
  if (!succeeded(result)) throw failure(result);
  const values = numbersSchema.safeParse(result.stdout);
  if (!values.success || values.data.length !== connections)
    throw new EnvironmentError(`${timer} printed something else than ${connections} times`);
  return values.data;
}

const numbersSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('not JSON');
      return z.NEVER;
    }
  })
  .pipe(z.array(z.number()));
