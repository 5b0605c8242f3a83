import { z } from 'zod';
import { fieldNotes } from '../objects/source/schema-walk.js';
import { roleExpression } from '../schema/roles.js';

const filled = (description: string): z.ZodString => z.string().min(1).describe(description).register(fieldNotes, { template: true });

const pattern = (description: string) =>
  z
    .string()
    .min(1)
    .refine((text) => regularExpression(text, '') !== undefined, 'is not a regular expression')
    .describe(description);

/** What an output is like: a text that it holds or not, or values in it and what they are. */
export const wantSchema = z
  .strictObject({
    on: roleExpression('Only what was printed in these places').exactOptional(),
    has: filled('A text that it holds').exactOptional(),
    lacks: filled('A text that it does not hold').exactOptional(),
    matches: pattern('A regular expression of JavaScript (flag m) that matches somewhere in it').exactOptional(),
    at: z
      .array(z.union([filled("a field, an index, '*' for every item, or FIELD=VALUE for the items that have it"), z.int().min(0)]))
      .min(1)
      .describe("Where in the JSON that it is: fields and indexes; '*' for every item, FIELD=VALUE for those that have it")
      .exactOptional(),
    find: pattern('A regular expression of JavaScript (flag m): the values are what its group holds, wherever it matches').exactOptional(),
    is: z
      .union([filled('the value there'), z.number(), z.boolean()])
      .describe('What every value there is')
      .exactOptional(),
    inside: filled('The range of addresses that every value there is in: an address, or a range').exactOptional(),
    alike: z
      .boolean()
      .describe('Whether all values there, of all outputs together, are the same (true), or no two of them (false)')
      .exactOptional(),
  })
  .refine(({ has, lacks, matches, at, find }) => count(has, lacks, matches, at, find) === 1, {
    message: 'needs one of has, lacks, matches, at and find',
  })
  .refine(({ at, find, is, inside, alike }) => count(is, inside, alike) === count(at, find), {
    message: 'at and find go together with one of is, inside and alike',
  });

export type Want = z.output<typeof wantSchema>;

/** Undefined where it is none. */
export function regularExpression(text: string, flags: 'm' | 'gm' | ''): RegExp | undefined {
  try {
    return new RegExp(text, flags);
  } catch {
    return undefined;
  }
}

function count(...fields: readonly unknown[]): number {
  return fields.filter((field) => field !== undefined).length;
}
