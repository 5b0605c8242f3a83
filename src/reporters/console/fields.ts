import stringWidth from 'string-width';
import { flow, padded, type Span } from './flow.js';
import type { Look } from './look.js';

export interface Field {
  readonly label: string;
  readonly spans: readonly Span[];
}

/** Labels in one column, what they stand for in the next. */
export function fields(look: Look, list: readonly Field[], indent: number, least = 0): string[] {
  const width = Math.max(least, ...list.map(({ label }) => stringWidth(label)));
  return list.flatMap(({ label, spans }) =>
    flow(look, spans, { lead: [{ text: ' '.repeat(indent) }, { text: padded(label, width), role: 'quiet' }], hang: indent + width + 2 }),
  );
}
