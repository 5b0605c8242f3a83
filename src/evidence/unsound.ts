import type { Text } from '../core/text.js';

/** The evidence that a claim needs is missing or unreadable: the claim is inconclusive, whatever the rest shows. */
export class UnsoundEvidence extends Error {
  readonly why: Text;

  constructor(why: Text, options: { cause?: unknown } = {}) {
    super(why.en, options);
    this.name = 'UnsoundEvidence';
    this.why = why;
  }
}
