import type { Path } from '../objects/source/locate.js';
import { fieldsOf, isRecord, itemsOf } from '../objects/source/pick.js';
import type { Change } from './lab.js';
import { checkFor, type LabContext } from './lab-context.js';
import { changeSchema } from './lab-schema.js';
import { checkObjectChange, objectChangeOf } from './object-refs.js';

const ways = ['patch', 'delete', 'apply', 'proxyMode'] as const;

/** Whether a mapping under `do` is a change rather than a command. */
export function isChange(value: unknown): boolean {
  return isRecord(value) && ways.some((way) => Object.hasOwn(value, way));
}

export function readChanges(context: LabContext, value: unknown, path: Path): readonly Change[] {
  return itemsOf(value).flatMap((item, i) => readChange(context, item, [...path, i]) ?? []);
}

/** A change, or undefined and its problems noted. */
export function readChange(context: LabContext, value: unknown, path: Path): Change | undefined {
  const { list } = context.names;
  const head = list.read(changeSchema, value, path);
  const fields = fieldsOf(value);
  const given = ways.filter((way) => Object.hasOwn(fields, way));
  const [way, second] = given;
  if (isRecord(value) && way === undefined) {
    list.add(path, { message: 'the change does not say what to change', expected: 'patch, delete, apply or proxyMode' });
  }
  if (second !== undefined)
    list.add([...path, second], { message: `one change has both '${way}' and '${second}'`, hint: 'make it two' }, 'key');
  checkFor(context, fields.clusters, [...path, 'clusters']);
  checkObjectChange(context.names, fields, path);
  const manifest = fields.apply === undefined ? undefined : context.near(fields.apply, [...path, 'apply']);
  if (head === undefined || way === undefined) return undefined;
  const common = { why: head.why, clusters: head.clusters, source: list.document.where(path) };
  if (way === 'apply') return manifest && { ...common, kind: 'apply', manifest };
  if (way === 'proxyMode') return head.proxyMode && { ...common, kind: 'proxy-mode', mode: head.proxyMode };
  const change = objectChangeOf(way, head);
  return change && { ...common, ...change };
}
