import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { BenchContext } from '../benchmark.js';
import { timed } from '../timed.js';
import type { EmbeddedSample } from './sample.js';

const sampleSchema = z.object({
  createMs: z.number(),
  applyMs: z.number(),
  askMs: z.number(),
  memory: z.object({ rss: z.number(), pss: z.number() }),
});

/**
 * The sample, taken by a process of its own: its modules are loaded, and nothing has run in it. In a process that has made clusters before,
 * the compiled code would flatter the figure.
 */
export async function freshEmbeddedSample(pods: number, { env, signal }: BenchContext): Promise<EmbeddedSample> {
  const { lines } = await timed([process.execPath, fileURLToPath(new URL('../main.js', import.meta.url)), sampleWord, String(pods)], {
    env,
    signal,
  });
  return sampleSchema.parse(JSON.parse(lines.at(-1)?.text ?? ''));
}

/** The bench's first argument where it is to take one such sample and print it. */
export const sampleWord = '--embedded-sample';
