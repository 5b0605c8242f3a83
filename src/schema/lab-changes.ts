import type { ManifestSource } from '../core/cluster.js';
import type { Path } from '../objects/source/locate.js';
import { fieldsOf, isRecord, itemsOf } from '../objects/source/pick.js';
import type { Change } from './lab.js';
import { checkFor, type LabContext } from './lab-context.js';
import { changeSchema } from './lab-schema.js';
import { checkObjectChange, objectChangeOf } from './object-refs.js';
import { checkRoleExpression } from './references.js';

const ways = ['patch', 'delete', 'apply', 'proxyMode', 'grow'] as const;

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
    list.add(path, { message: 'the change does not say what to change', expected: 'patch, delete, apply, proxyMode or grow' });
  }
  if (second !== undefined)
    list.add([...path, second], { message: `one change has both '${way}' and '${second}'`, hint: 'make it two' }, 'key');
  if (way === 'grow' && !path.includes('given'))
    list.add([...path, way], { message: "a cluster grows before the probes listen: 'grow' stands under 'given'" }, 'key');
  checkFor(context, fields.clusters, [...path, 'clusters']);
  checkObjectChange(context.names, fields, path);
  const manifest = fields.apply === undefined ? undefined : context.near(fields.apply, [...path, 'apply']);
  const growth = fields.grow === undefined ? undefined : readGrowth(context, fields.grow, [...path, 'grow']);
  if (head === undefined || way === undefined) return undefined;
  const common = { why: head.why, clusters: head.clusters, source: list.document.where(path) };
  if (way === 'apply') return manifest && { ...common, kind: 'apply', manifest };
  if (way === 'proxyMode') return head.proxyMode && { ...common, kind: 'proxy-mode', mode: head.proxyMode };
  if (way === 'grow')
    return head.grow && growth && { ...common, kind: 'grow', as: head.grow.as, manifest: growth, stages: head.grow.stages };
  const change = objectChangeOf(way, head);
  return change && { ...common, ...change };
}

/** The file of the Service; stages that do not grow, and roles that stand for no node, are noted. */
function readGrowth(context: LabContext, value: unknown, path: Path): ManifestSource | undefined {
  const { names } = context;
  const { service, stages } = fieldsOf(value);
  let before = 0;
  for (const [i, stage] of itemsOf(stages).entries()) {
    const { services, nodes } = fieldsOf(stage);
    if (typeof services === 'number') {
      if (services <= before)
        names.list.add([...path, 'stages', i, 'services'], { message: `${services} Services are no more than the ${before} before` });
      before = services;
    }
    for (const [mode, role] of Object.entries(fieldsOf(nodes))) {
      if (typeof role !== 'string') continue;
      const at = [...path, 'stages', i, 'nodes', mode];
      checkRoleExpression(names, role, at, 'one-place');
      if (names.roles.has(role) && names.roles.get(role) !== undefined && names.roles.get(role) !== 'node')
        names.list.add(at, { message: `the role '${role}' does not name a node`, expected: 'node/NAME' });
    }
  }
  return service === undefined ? undefined : context.near(service, [...path, 'service']);
}
