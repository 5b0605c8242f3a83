import type { z } from 'zod';
import type { Check } from '../core/check.js';

/** As much of `Registry` as reading a lab needs. */
export interface Kinds<T> {
  readonly kinds: readonly string[];
  readonly all: readonly T[];
  has(kind: string): boolean;
  get(kind: string): T;
}

/** What a lab may name. */
export interface LabRegistries {
  readonly probes: Kinds<{ readonly kind: string; readonly optionsSchema: z.ZodType; readonly readings?: boolean }>;
  readonly checks: Kinds<Check>;
  /** Provider kinds: `netns`, `kind`. */
  readonly clusters: readonly string[];
}
