import type { Text } from '../core/text.js';

/** The evidence that a claim needs is missing or unreadable: the claim is inconclusive, whatever the rest shows. */
export class UnsoundEvidence extends Error {
  readonly why: Text;
  /** Another attempt would show the same. */
  readonly lasting: boolean;

  constructor(why: Text, { lasting = false, ...options }: { cause?: unknown; lasting?: boolean } = {}) {
    super(why.en, options);
    this.name = 'UnsoundEvidence';
    this.why = why;
    this.lasting = lasting;
  }
}
