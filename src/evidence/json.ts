import type { z } from 'zod';
import { UnreadableError } from './unreadable.js';

/** @throws UnreadableError when the text is not JSON, or not what the schema says; it names the first field that is wrong. */
export function parseJsonAs<T>(text: string, schema: z.ZodType<T>): T {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new UnreadableError('the whole file', `not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UnreadableError(issue?.path.join('.') || 'the whole file', issue?.message ?? 'not what was expected');
}
