import { z } from 'zod';
import type { Path } from './locate.js';
import { fieldsOf, isRecord, itemsOf } from './pick.js';

/** What a schema cannot say of itself: a hint for whoever gets the field wrong, whether its texts name roles of a lab, and whether they are templates. */
export const fieldNotes = z.registry<{ readonly hint?: string; readonly role?: boolean; readonly template?: boolean }>();

/** Every schema that a path of the data can mean; several where there are unions. */
function schemasAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType[] {
  return path.reduce<z.core.$ZodType[]>((schemas, segment) => schemas.flatMap((s) => childrenOf(s, segment)), [schema]);
}

/** The fields that a mapping at this path may have; empty where any may stand there. */
export function fieldNamesAt(schema: z.core.$ZodType, path: Path): string[] {
  const names = schemasAt(schema, path)
    .flatMap(alternatives)
    .flatMap((s) => (s instanceof z.ZodObject ? Object.keys(s.shape) : []));
  return [...new Set(names)];
}

/** The description of the field at a path, from the schema or what it wraps. */
export function descriptionAt(schema: z.core.$ZodType, path: Path): string | undefined {
  return firstAt(schema, path, (s) => z.globalRegistry.get(s)?.description);
}

export function hintAt(schema: z.core.$ZodType, path: Path): string | undefined {
  return firstAt(schema, path, (s) => fieldNotes.get(s)?.hint);
}

/** Whether only whole numbers may stand at a path. */
export function isWholeAt(schema: z.core.$ZodType, path: Path): boolean {
  return schemasAt(schema, path)
    .flatMap(alternatives)
    .some((s) => s instanceof z.ZodNumberFormat);
}

/** Paths of the data that no schema knows, in the order of the data. */
export function unknownPaths(schema: z.core.$ZodType, value: unknown): Path[] {
  const found: Path[] = [];
  walk(schema, value, [], (at, _, known) => {
    if (!known) found.push(at);
    return known;
  });
  return found;
}

/** Visits every value below a schema; `visit` says whether to look inside. `known` is false where no schema knows the field. */
export function walk(
  schema: z.core.$ZodType,
  value: unknown,
  path: Path,
  visit: (path: Path, schemas: readonly z.core.$ZodType[], known: boolean, value: unknown) => boolean,
): void {
  const below = (schemas: readonly z.core.$ZodType[], at: Path, part: unknown): void => {
    if (!visit(at, schemas, schemas.length > 0, part)) return;
    for (const [key, child] of Object.entries(fieldsOf(part))) below(next(schemas, key), [...at, key], child);
    for (const [index, child] of itemsOf(part).entries()) below(next(schemas, index), [...at, index], child);
  };
  const next = (schemas: readonly z.core.$ZodType[], segment: string | number) => schemas.flatMap((s) => childrenOf(s, segment));
  below([schema], path, value);
}

/** Whether a schema, or what it wraps, says that its texts name roles. */
export function isRole(schema: z.core.$ZodType): boolean {
  return layers(schema).some((s) => fieldNotes.get(s)?.role === true);
}

/** Whether a schema, or what it wraps, says that references are filled in in its texts. */
export function isTemplate(schema: z.core.$ZodType): boolean {
  return layers(schema).some((s) => fieldNotes.get(s)?.template === true);
}

function firstAt<T>(schema: z.core.$ZodType, path: Path, read: (schema: z.core.$ZodType) => T | undefined): T | undefined {
  for (const candidate of schemasAt(schema, path)) {
    for (const layer of layers(candidate)) {
      const found = read(layer);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function childrenOf(schema: z.core.$ZodType, segment: string | number): z.core.$ZodType[] {
  return alternatives(schema).flatMap((s): z.core.$ZodType[] => {
    if (s instanceof z.ZodObject) {
      const field: unknown = isRecord(s.shape) && Object.hasOwn(s.shape, segment) ? s.shape[segment] : undefined;
      return field instanceof z.ZodType ? [field] : [];
    }
    if (s instanceof z.ZodArray) return typeof segment === 'number' ? [s.element] : [];
    if (s instanceof z.ZodTuple) return typeof segment === 'number' ? s.def.items.slice(segment, segment + 1) : [];
    if (s instanceof z.ZodRecord) return [s.valueType];
    if (s instanceof z.ZodUnknown || s instanceof z.ZodAny) return [s];
    return [];
  });
}

/** The schemas that a union stands for, without optional and default around them. */
function alternatives(schema: z.core.$ZodType): z.core.$ZodType[] {
  const inner = layers(schema).at(-1) ?? schema;
  if (inner instanceof z.ZodUnion) return inner.options.flatMap(alternatives);
  if (inner instanceof z.ZodIntersection) return [inner.def.left, inner.def.right].flatMap(alternatives);
  return [inner];
}

/** A schema and what it wraps, outermost first. */
function layers(schema: z.core.$ZodType): z.core.$ZodType[] {
  const found = [schema];
  for (let inner = unwrapped(schema); inner !== undefined; inner = unwrapped(inner)) found.push(inner);
  return found;
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodPipe) return schema.in;
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodCatch ||
    schema instanceof z.ZodNonOptional ||
    schema instanceof z.ZodLazy
  ) {
    return schema.unwrap();
  }
  return undefined;
}
