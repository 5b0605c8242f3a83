import type { z } from 'zod';
import type { Problem } from '../../core/errors.js';
import type { SourceDocument } from './documents.js';
import type { At, Path } from './locate.js';
import { fieldsOf, isRecord, itemsOf } from './pick.js';
import { descriptionAt, fieldNamesAt, hintAt, isWholeAt } from './schema-walk.js';
import type { Fault } from './source-text.js';
import { didYouMean, oneOf } from './suggest.js';

interface PlacedFault extends Fault {
  /** Below the value that was parsed. */
  readonly path: Path;
  readonly at: At;
}

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Parses the value at a path of a document; every issue becomes a problem with its place. */
export function read<T>(document: SourceDocument, schema: z.ZodType<T>, value: unknown, path: Path): Read<T> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const problems = faultsOf(schema, value, result.error.issues, path).map((fault) =>
    document.problem([...path, ...fault.path], worded(fault), fault.at),
  );
  return { ok: false, problems };
}

/** What zod found, in words, with what the schema expected and knows; `base` leads to the value that was parsed. */
function faultsOf(schema: z.core.$ZodType, value: unknown, issues: readonly z.core.$ZodIssue[], base: Path): PlacedFault[] {
  return issues.flatMap((issue) => faultOf(schema, value, issue, [], base));
}

function faultOf(schema: z.core.$ZodType, value: unknown, issue: z.core.$ZodIssue, prefix: Path, base: Path): PlacedFault[] {
  const path = [...prefix, ...issue.path.map((p) => (typeof p === 'number' ? p : String(p)))];
  const name = nameOf([...base, ...path]);
  const found = valueAt(value, path);
  const described = descriptionAt(schema, path);
  const hint = hintAt(schema, path);
  const place = { path, at: 'value' as const, ...(hint === undefined ? {} : { hint }) };
  const expecting = (otherwise: string): { expected: string } => ({ expected: described ?? otherwise });

  if (issue.code === 'unrecognized_keys') {
    const known = fieldNamesAt(schema, path);
    const free = known.filter((k) => !Object.hasOwn(fieldsOf(found), k));
    return issue.keys.map((key) => ({
      path: [...path, key],
      at: 'key' as const,
      message: `unknown field '${key}'`,
      ...(known.length === 0 ? {} : { expected: oneOf(known) }),
      ...didYouMean(key, free),
    }));
  }
  if (issue.code === 'invalid_union' && 'errors' in issue && issue.errors.length > 0 && found !== undefined) {
    const fitting = issue.errors.find((branch) => !branch.some((i) => i.code === 'invalid_type' && i.path.length === 0));
    if (fitting !== undefined) return fitting.flatMap((inner) => faultOf(schema, value, inner, path, base));
    const types = [
      ...new Set(
        issue.errors.flatMap((branch) =>
          branch.flatMap((i) => (i.code === 'invalid_type' && i.path.length === 0 ? [typeName(i.expected)] : [])),
        ),
      ),
    ];
    return [
      {
        ...place,
        message: `${name} must be ${types.join(' or ')}, not ${shown(found)}`,
        ...(described === undefined ? {} : { expected: described }),
      },
    ];
  }
  if (issue.code === 'invalid_key') {
    const key = path.at(-1) ?? '';
    const inner = issue.issues[0]?.message ?? 'is not allowed';
    return [{ ...place, at: 'key', message: isPredicate(inner) ? `'${key}' ${inner}` : `'${key}' cannot be a key here: ${inner}` }];
  }
  if (found === undefined) return [{ ...place, at: 'key', message: `${name} is missing`, ...expecting(neededType(issue)) }];
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = typeName(issue.expected === 'number' && isWholeAt(schema, path) ? 'int' : issue.expected);
      const quoted =
        issue.expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')
          ? { hint: `quote it: "${String(found)}"` }
          : {};
      return [
        {
          ...place,
          message: `${name} must be ${wanted}, not ${shown(found)}`,
          ...(described === undefined ? {} : { expected: described }),
          ...quoted,
        },
      ];
    }
    case 'invalid_value': {
      const values = issue.values.map(String);
      const message = `${name} cannot be ${shown(found)}`;
      return [
        {
          ...place,
          message,
          expected: oneOf(values),
          ...(values.length === 1 ? {} : didYouMean(String(found), values)),
        },
      ];
    }
    case 'too_small':
    case 'too_big':
      return [
        {
          ...place,
          message: custom(issue.message) ? said(name, issue.message) : `${name} ${bound(issue)}`,
          ...(described === undefined ? {} : { expected: described }),
        },
      ];
    case 'custom': {
      const params = fieldsOf(issue.params);
      const { expected, hint: own } = params;
      return [
        {
          ...place,
          message: said(name, issue.message),
          ...(typeof expected === 'string' ? { expected } : {}),
          ...(typeof own === 'string' ? { hint: own } : {}),
        },
      ];
    }
    default:
      return [
        {
          ...place,
          message: custom(issue.message) ? said(name, issue.message) : `${name} cannot be ${shown(found)}`,
          ...(described === undefined ? {} : { expected: described }),
        },
      ];
  }
}

function worded({ message, expected, hint }: PlacedFault): Fault {
  return { message, ...(expected === undefined ? {} : { expected }), ...(hint === undefined ? {} : { hint }) };
}

/** Schemas of this program say what a value `must be`; such a message follows the field's name. */
function said(name: string, message: string): string {
  return isPredicate(message) ? `${name} ${message}` : message;
}

function isPredicate(message: string): boolean {
  return /^(must|is|are|has|needs|may|can|cannot|names|holds)\b/.test(message);
}

function custom(message: string): boolean {
  return !/^(Invalid|Too (small|big)|Unrecognized)\b/.test(message);
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const small = issue.code === 'too_small';
  const limit = Number(small ? issue.minimum : issue.maximum) + (issue.inclusive === false ? (small ? 1 : -1) : 0);
  const most = small ? 'at least' : 'at most';
  if (issue.origin === 'array' || issue.origin === 'set')
    return limit === 1 && small ? 'must not be empty' : `must have ${most} ${limit} items`;
  if (issue.origin === 'string') return limit === 1 && small ? 'must not be empty' : `must have ${most} ${limit} characters`;
  return `must be ${most} ${limit}`;
}

/** `'port'`, `'ports[0]'`: the key, and the places in lists behind it. */
function nameOf(path: Path): string {
  const key = path.findLastIndex((p) => typeof p === 'string');
  if (key < 0) return path.length === 0 ? 'the document' : `item ${path.join('.')}`;
  return `'${path[key]}${path
    .slice(key + 1)
    .map((p) => `[${p}]`)
    .join('')}'`;
}

/** `spec.ports[0].port`, as kubectl writes paths. */
export function dotted(path: Path): string {
  return path.map((p, i) => (typeof p === 'number' ? `[${p}]` : i === 0 ? p : `.${p}`)).join('');
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, segment) => {
    if (typeof segment === 'number') return itemsOf(at)[segment];
    return isRecord(at) && Object.hasOwn(at, segment) ? at[segment] : undefined;
  }, value);
}

function neededType(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return typeName(issue.expected);
  if (issue.code === 'invalid_value') return oneOf(issue.values.map(String));
  if (issue.code === 'invalid_union' && 'errors' in issue)
    return [...new Set(issue.errors.flatMap((branch) => branch.map(neededType)))].join(' or ');
  return 'a value';
}

function typeName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    tuple: 'a list',
    object: 'a mapping',
    record: 'a mapping',
    null: 'empty',
    undefined: 'left out',
    never: 'left out',
  };
  return names[expected] ?? expected;
}

/** A value in words, short enough for a message. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}…` : value}'`;
  return String(value);
}
