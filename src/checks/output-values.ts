import type { Text } from '../core/text.js';
import { isRecord } from '../objects/source/pick.js';
import { parseIpv4Range, rangeHolds } from '../proxy/ipv4.js';
import { regularExpression, type Want } from './output-wants.js';

/** The values that a want speaks of, or why there are none. */
export type Found = { readonly values: readonly string[] } | { readonly why: Text };

/** The values of `at` and `find` in what was printed. */
export function valuesOf({ at, find }: Want, stdout: string, fill: (text: string) => string): Found {
  const shown = firstLine(stdout);
  if (find !== undefined) {
    const values = [...stdout.matchAll(regularExpression(find, 'gm') ?? /$^/g)].map(([all, group]) => group ?? all);
    if (values.length > 0) return { values };
    return {
      why: {
        en: `nothing matches /${find}/: ${shown || 'nothing was printed'}`,
        ko: `/${find}/과(와) 일치하는 것이 없음: ${shown || '출력 없음'}`,
      },
    };
  }
  const json = jsonOf(stdout);
  if (json === undefined) return { why: { en: `no JSON: ${shown || 'nothing was printed'}`, ko: `JSON이 아님: ${shown || '출력 없음'}` } };
  const path = (at ?? []).map((segment) => (typeof segment === 'string' ? fill(segment) : segment));
  const values = valuesAt(json, path).map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)));
  if (values.length > 0) return { values };
  return { why: { en: `nothing at ${path.join('.')}`, ko: `${path.join('.')}에 값이 없음` } };
}

/** Whether an address, or a whole range, is in a range. False where one of the two is neither. */
export function isInside(text: string, whole: string): boolean {
  const [inner, outer] = [parseIpv4Range(text), parseIpv4Range(whole)];
  return inner !== undefined && outer !== undefined && inner.bits >= outer.bits && rangeHolds(outer, inner.base);
}

export function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

/** The JSON that a command printed; undefined where it is none. */
function jsonOf(text: string): unknown {
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
function valuesAt(json: unknown, path: readonly (string | number)[]): readonly unknown[] {
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
