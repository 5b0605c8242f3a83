import { z } from 'zod';
import { parseJsonAs } from './json.js';

const latencySchema = z.strictObject({
  /** One for each place, in the order of the lab. */
  series: z.array(
    z.strictObject({
      place: z.string(),
      /** `address:port`. */
      to: z.string(),
      /** Microseconds that connect(2) took for each new connection, round by round. */
      rounds: z.array(z.array(z.number().min(0))),
    }),
  ),
});

/** What the probe `connect-latency` measured. */
export type Latency = Readonly<z.infer<typeof latencySchema>>;

/** @throws UnreadableError that names the field. */
export function parseLatency(text: string): Latency {
  return parseJsonAs(text, latencySchema);
}

export function printLatency({ series }: Latency): string {
  return `${JSON.stringify({ series })}\n`;
}
