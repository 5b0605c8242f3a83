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

/** The merge patch that undoes `patch` on `target`: what it sets goes back to what it was, what it adds goes. */
export function reversePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return target === undefined ? null : target;
  if (!isRecord(target)) return target === undefined ? null : target;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(patch)) result[key] = reversePatch(target[key], value);
  return result;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
