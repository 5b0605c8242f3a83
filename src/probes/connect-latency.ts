import { z } from 'zod';
import { CleanupStack } from '../core/cleanup.js';
import { EnvironmentError } from '../core/errors.js';
import type { Place } from '../core/executor.js';
import type { Probe } from '../core/probe.js';
import { printLatency } from '../evidence/latency.js';
import { ConnectTimer } from './connect-timer.js';

const optionsSchema = z.strictObject({
  to: z
    .array(z.string().min(1))
    .min(1)
    .describe('where each place connects to, in the order of the places: $service.address:$service.port'),
  rounds: z.int().min(2).default(12).describe('how often all places take their turn'),
  connections: z.int().min(5).default(40).describe('new connections in each turn'),
});

type Options = z.output<typeof optionsSchema>;

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
    const timers = new CleanupStack();
    const targets: { readonly place: Place; readonly to: string; readonly timer: ConnectTimer }[] = [];
    try {
      for (const [i, place] of places.entries()) {
        const to = options.to[i] ?? '';
        const timer = await ConnectTimer.start(context.executor(place), to, context.signal);
        targets.push({ place, to, timer: timers.use(`the connections from ${place}`, timer) });
      }
      // Each once, so that neighbours are known; what cannot connect at all is seen before anything is measured.
      for (const { timer } of targets) await timer.turn(5);
    } catch (error) {
      await timers.run();
      throw error;
    }
    return {
      async end() {
        const rounds = new Map<string, (readonly number[])[]>(targets.map(({ place }) => [place, []]));
        for (let round = 0; round < options.rounds; round++) {
          for (const { place, timer } of round % 2 === 0 ? targets : targets.toReversed()) {
            rounds.get(place)?.push(await timer.turn(options.connections));
          }
        }
        const series = targets.map(({ place, to }) => ({ place, to, rounds: (rounds.get(place) ?? []).map((values) => [...values]) }));
        const file = context.fileFor('local', 'latency', 'json');
        await context.sink.write(file, printLatency({ series }));
        return { parts: [{ place: 'local', role: 'latency', format: 'latency-json', file }], soundness: { sound: true } };
      },
      [Symbol.asyncDispose]: () => timers.run(),
    };
  },
};
