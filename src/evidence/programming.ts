import { z } from 'zod';
import { parseJsonAs } from './json.js';

const programmingSchema = z.array(
  z.strictObject({
    node: z.string(),
    mode: z.string(),
    /** The Services that kube-proxy wrote rules for, the numbered ones. */
    services: z.int().min(1),
    /** Milliseconds from kube-proxy's start on that node until all rules were in place. */
    allMs: z.number().min(0),
    /** Milliseconds from a change of one Service until its rules were in place. */
    oneMs: z.number().min(0),
  }),
);

/** How long the rules took while a cluster grew. */
export type Programming = Readonly<z.infer<typeof programmingSchema>>;

/** @throws UnreadableError that names the field. */
export function parseProgramming(text: string): Programming {
  return parseJsonAs(text, programmingSchema);
}

export function printProgramming(programming: Programming): string {
  return `${JSON.stringify(programming, undefined, 1)}\n`;
}
