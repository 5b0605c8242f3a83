import { z } from 'zod';
import { parseJsonAs } from './json.js';

const outputSchema = z.strictObject({
  /** Where it was run: `node/myk8s-worker`. */
  place: z.string(),
  argv: z.array(z.string()),
  /** The endpoint or node that `$each` stood for: its name. */
  each: z.string().exactOptional(),
  ended: z.enum(['exit', 'signal', 'timeout', 'aborted', 'not-started']),
  exitCode: z.int().nullable(),
  stdout: z.string(),
  stderr: z.string(),
});

/** What one command printed. */
export type Output = Readonly<z.infer<typeof outputSchema>>;

const outputsSchema = z.strictObject({ outputs: z.array(outputSchema) });

/** @throws UnreadableError that names the field. */
export function parseOutputs(text: string): readonly Output[] {
  return parseJsonAs(text, outputsSchema).outputs;
}

export function printOutputs(outputs: readonly Output[]): string {
  return `${JSON.stringify({ outputs }, undefined, 1)}\n`;
}
