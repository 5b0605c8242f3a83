import { isDeepStrictEqual } from 'node:util';

/** JSON merge patch, RFC 7386: null removes a field, objects merge, anything else replaces. Neither argument is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** Whether the target is as the patch asks already. */
export function isPatched(target: unknown, patch: unknown): boolean {
  return isDeepStrictEqual(mergePatch(target, patch), target);
}

/** The merge patch that undoes `patch` on `target`: what it sets goes back to what it was, what it adds goes. */
export function reversePatch(target: unknown, patch: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const before = isRecord(target) ? target : {};
  return Object.fromEntries(Object.entries(patch).map(([key, value]) => [key, reverseField(before[key], value)]));
}

function reverseField(before: unknown, patch: unknown): unknown {
  if (before === undefined) return null;
  return isRecord(patch) && isRecord(before) ? reversePatch(before, patch) : before;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
