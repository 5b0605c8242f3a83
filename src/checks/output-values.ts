import { isRecord } from '../objects/source/pick.js';

/** The JSON that a command printed; undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The values at a path. A segment is a field, an index, `*` for every item of a list, or `FIELD=VALUE` for the items of a list that have it.
 * Empty where nothing is there.
 */
export function valuesAt(json: unknown, path: readonly (string | number)[]): readonly unknown[] {
  return path.reduce<readonly unknown[]>((values, segment) => values.flatMap((value) => below(value, segment)), [json]);
}

function below(value: unknown, segment: string | number): readonly unknown[] {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    if (segment === '*') return items;
    const [, field, wanted] = typeof segment === 'string' ? (/^([^=]+)=(.*)$/.exec(segment) ?? []) : [];
    if (field !== undefined) return items.filter((item) => isRecord(item) && String(item[field]) === wanted);
    const index = Number(segment);
    return Number.isInteger(index) && index < items.length ? [items[index]] : [];
  }
  return isRecord(value) && Object.hasOwn(value, segment) ? [value[segment]] : [];
}
