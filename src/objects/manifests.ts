import type { z } from 'zod';
import type { KubeObject, ManifestSource } from '../core/cluster.js';
import type { Problem, Warning } from '../core/errors.js';
import type { SourceRef } from '../core/events.js';
import { deploymentDefaults, podDefaults, serviceDefaults } from './manifest-defaults.js';
import { type ManifestItem, readItems } from './manifest-items.js';
import { deploymentRules, type EmbeddedRules, podSpecRules, type Report } from './manifest-rules.js';
import { deploymentSchema, objectSchema, podSchema, serviceSchema } from './manifest-schema.js';
import { serviceRules } from './service-rules.js';
import { dotted, type Read, read, valueAt } from './source/issues.js';
import type { Path } from './source/locate.js';
import { fieldsOf, textOf } from './source/pick.js';
import { throwProblems } from './source/problems.js';
import { fieldNamesAt, unknownPaths } from './source/schema-walk.js';
import type { Fault } from './source/source-text.js';
import { didYouMean, nearest } from './source/suggest.js';
import { takenTwice } from './taken-twice.js';

export interface ManifestOptions {
  /** Given for the embedded cluster, which knows three kinds, some images and IPv4; a real cluster takes what it takes. */
  readonly embedded?: EmbeddedRules;
}

/** Where loaded objects are written, for faults that are found later; undefined for an object that was not loaded here. */
export interface Positions {
  where(object: KubeObject): SourceRef | undefined;
  problem(object: KubeObject, path: Path, fault: Fault): Problem | undefined;
}

export interface LoadedManifests {
  readonly objects: readonly KubeObject[];
  readonly warnings: readonly Warning[];
  readonly positions: Positions;
}

/**
 * Real Kubernetes manifests, validated as the API server would (for the fields that matter here) and with its defaults filled in.
 * @throws InputError with every problem of every file.
 */
export function loadManifests(sources: readonly ManifestSource[], options: ManifestOptions = {}): LoadedManifests {
  const { embedded } = options;
  const files = sources.map(readItems);
  const items = files.flatMap((file) => file.items);
  const problems = files.flatMap((file) => file.problems);
  problems.push(...duplicates(items), ...takenTwice(items));
  const objects = new Map<KubeObject, ManifestItem>();
  const warnings: Warning[] = [];
  for (const item of items) {
    const { document, path, value } = item;
    const report: Report = (at, fault, where) => void problems.push(document.problem([...path, ...at], fault, where));
    const kind = kindOf(value, report, embedded);
    if (kind === undefined) continue;
    const result = kind.read(item);
    kind.rules(value, report, embedded);
    if (!result.ok) {
      problems.push(...result.problems);
      continue;
    }
    objects.set(result.value, item);
    if (embedded !== undefined) warnings.push(...notHonoured(kind.schema, value));
  }
  // A problem of the schema and one of a rule may say the same of one place.
  throwProblems(problems.filter((p, i) => !problems.slice(0, i).some((q) => samePlace(p, q) && p.message === q.message)));
  return { objects: [...objects.keys()], warnings, positions: positionsOf(objects) };
}

interface Kind {
  readonly apiVersion: string;
  readonly schema: z.core.$ZodType;
  readonly read: (item: ManifestItem) => Read<KubeObject>;
  readonly rules: (value: unknown, report: Report, embedded: EmbeddedRules | undefined) => void;
}

const kinds: Readonly<Record<string, Kind>> = {
  Pod: kind('v1', podSchema, podDefaults, (value, report, embedded) => podSpecRules(fieldsOf(value).spec, ['spec'], report, embedded)),
  Deployment: kind('apps/v1', deploymentSchema, deploymentDefaults, deploymentRules),
  Service: kind('v1', serviceSchema, serviceDefaults, serviceRules),
};

const anyKind = kind(
  '',
  objectSchema,
  (object) => object,
  () => undefined,
);

function kind<T>(apiVersion: string, schema: z.ZodType<T>, defaults: (value: T) => KubeObject, rules: Kind['rules']): Kind {
  return {
    apiVersion,
    schema,
    rules,
    read({ document, path, value }) {
      const result = read(document, schema, value, path);
      return result.ok ? { ok: true, value: defaults(result.value) } : result;
    },
  };
}

/** How an object is to be judged, or undefined where its kind is refused. */
function kindOf(value: Readonly<Record<string, unknown>>, report: Report, embedded: EmbeddedRules | undefined): Kind | undefined {
  const name = textOf(value.kind);
  if (name === undefined || name === '') return anyKind;
  const known = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  const { apiVersion } = value;
  if (known !== undefined && (apiVersion === undefined || apiVersion === known.apiVersion)) return known;
  if (known !== undefined && typeof apiVersion === 'string') {
    // Other groups have kinds of these names too; a real cluster may know them.
    if (embedded === undefined && apiVersion.includes('.')) return anyKind;
    report(['apiVersion'], { message: `there is no ${name} in '${apiVersion}'`, expected: `apiVersion: ${known.apiVersion}` });
    return undefined;
  }
  if (embedded === undefined || known !== undefined) return known ?? anyKind;
  const near = nearest(name, Object.keys(kinds));
  report(['kind'], {
    message: `the embedded cluster has no ${name}`,
    expected: 'Pod, Deployment or Service',
    hint: near === undefined ? 'a real cluster applies every kind: --cluster kind' : `did you mean '${near}'?`,
  });
  return undefined;
}

function duplicates(items: readonly ManifestItem[]): Problem[] {
  const first = new Map<string, ManifestItem>();
  return items.flatMap((item) => {
    const metadata = fieldsOf(item.value.metadata);
    const [kindName, name] = [textOf(item.value.kind), textOf(metadata.name)];
    if (kindName === undefined || name === undefined) return [];
    const key = `${kindName} ${textOf(metadata.namespace) ?? 'default'}/${name}`;
    const group = `${String(item.value.apiVersion).split('/').slice(0, -1).join('/')} ${key}`;
    const earlier = first.get(group);
    if (earlier === undefined) {
      first.set(group, item);
      return [];
    }
    const { file, line, column } = earlier.document.where([...earlier.path, 'metadata', 'name']);
    return [
      item.document.problem([...item.path, 'metadata', 'name'], {
        message: `${key} is given twice`,
        hint: `the first is at ${file}:${line}:${column}`,
      }),
    ];
  });
}

/** One warning for all fields of an object that have no effect; empty ones would have none anywhere. */
function notHonoured(schema: z.core.$ZodType, value: Readonly<Record<string, unknown>>): Warning[] {
  const ignored = unknownPaths(schema, value).filter((path) => !isEmpty(valueAt(value, path)));
  const words = ignored.map((path) => {
    const hint = didYouMean(String(path.at(-1)), fieldNamesAt(schema, path.slice(0, -1))).hint;
    return hint === undefined ? dotted(path) : `${dotted(path)} (${hint})`;
  });
  const policy = valueAt(value, ['spec', 'restartPolicy']);
  if (policy === 'Never' || policy === 'OnFailure') words.push(`spec.restartPolicy ${policy}`);
  if (words.length === 0) return [];
  const metadata = fieldsOf(value.metadata);
  const object = `${String(value.kind)} ${textOf(metadata.namespace) ?? 'default'}/${String(metadata.name)}`;
  const list = words.join(', ');
  return [
    { code: 'not-honoured', text: { en: `${object}: not honoured here: ${list}`, ko: `${object}: 여기서는 효과가 없는 필드: ${list}` } },
  ];
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function positionsOf(objects: ReadonlyMap<KubeObject, ManifestItem>): Positions {
  return {
    where(object) {
      const item = objects.get(object);
      return item?.document.where([...item.path, 'metadata', 'name']);
    },
    problem(object, path, fault) {
      const item = objects.get(object);
      return item?.document.problem([...item.path, ...path], fault);
    },
  };
}

function samePlace(a: Problem, b: Problem): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column;
}
