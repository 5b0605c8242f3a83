import type { ObjectRef } from '../core/cluster.js';
import { UsageError } from '../core/errors.js';
import { parseRef } from '../objects/names.js';
import type { Path } from '../objects/source/locate.js';
import { fieldsOf } from '../objects/source/pick.js';
import { oneOf } from '../objects/source/suggest.js';
import type { ObjectChange } from './lab.js';
import type { Names } from './references.js';

const words: Readonly<Record<string, string>> = { Node: 'node', Pod: 'pod', Service: 'svc', Deployment: 'deploy' };

/** Reports objects that no lab can patch or delete. */
export function checkObjectChange(names: Names, fields: Readonly<Record<string, unknown>>, path: Path): void {
  checkRef(names, fieldsOf(fields.patch).object, [...path, 'patch', 'object'], Object.keys(words));
  checkRef(names, fields.delete, [...path, 'delete'], ['Pod']);
}

/** The patch or the deletion that the fields ask for, where it is without fault. */
export function objectChangeOf(
  key: string,
  fields: { readonly patch?: { readonly object: string; readonly with: Readonly<Record<string, unknown>> }; readonly delete?: string },
): ObjectChange | undefined {
  const { patch, delete: gone } = fields;
  const object = refOrUndefined((key === 'patch' ? patch?.object : gone) ?? '');
  if (object === undefined) return undefined;
  if (key === 'patch' && patch !== undefined) return { kind: 'patch', object, with: patch.with };
  return key === 'delete' ? { kind: 'delete', object } : undefined;
}

function checkRef(names: Names, text: unknown, path: Path, kinds: readonly string[]): void {
  if (typeof text !== 'string') return;
  const ref = refOrUndefined(text);
  if (ref !== undefined && kinds.includes(ref.kind) && ref.name !== '') return;
  const expected = oneOf(kinds.map((kind) => `${words[kind]}/NAME`));
  names.list.add(path, { message: `'${text}' is no object that can be changed here`, expected });
}

function refOrUndefined(text: string): ObjectRef | undefined {
  try {
    return parseRef(text);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
