import type { Path } from '../objects/source/locate.js';
import { fieldsOf, isRecord } from '../objects/source/pick.js';
import { didYouMean, oneOf } from '../objects/source/suggest.js';
import type { ExtraReading, Until } from './lab.js';
import { checkFor, type LabContext } from './lab-context.js';
import { readSchema } from './lab-schema.js';
import { checkTemplate } from './references.js';

/** Whether a mapping under `do` asks for a reading rather than for a command. */
export function isRead(value: unknown): boolean {
  return isRecord(value) && Object.hasOwn(value, 'read');
}

/** One more reading of an observation of the step, or undefined and its problems noted. */
export function readReading(
  context: LabContext,
  value: unknown,
  path: Path,
  observe: Readonly<Record<string, unknown>>,
): ExtraReading | undefined {
  const { list } = context.names;
  const { probes } = context.registries;
  const head = list.read(readSchema, value, path);
  const { read, as, clusters } = fieldsOf(value);
  checkFor(context, clusters, [...path, 'clusters']);
  const fitting = Object.entries(observe).flatMap(([name, entry]) => {
    const { probe } = fieldsOf(entry);
    return typeof probe === 'string' && probes.kinds.includes(probe) && probes.get(probe).readings === true ? [name] : [];
  });
  if (typeof read === 'string' && !fitting.includes(read)) {
    list.add([...path, 'read'], {
      message: `'${read}' is no observation of this step that takes readings`,
      expected: fitting.length === 0 ? 'an observation under observe, of a probe that takes readings' : oneOf(fitting),
      ...didYouMean(read, fitting),
    });
  }
  if (as === 'before' || as === 'after') list.add([...path, 'as'], { message: `every probe takes a reading '${as}' by itself` });
  if (head === undefined) return undefined;
  return { kind: 'read', observation: head.read, as: head.as, why: head.why, clusters: head.clusters, source: list.document.where(path) };
}

const ways = ['has', 'lacks', 'matches', 'mismatches'] as const;
const usualMs = 10_000;

/** What the command of an action is repeated for, or undefined and its problems noted. */
export function readUntil({ names }: LabContext, action: unknown, path: Path): Until | undefined {
  const { until, type, times, each, meanwhile } = fieldsOf(action);
  if (!isRecord(until)) return undefined;
  const fields = fieldsOf(until);
  const [way, second] = ways.filter((one) => typeof fields[one] === 'string');
  const expected = 'has, lacks, matches or mismatches';
  if (way === undefined) names.list.add(path, { message: 'it does not say what is waited for', expected });
  if (second !== undefined)
    names.list.add([...path, second], { message: `both '${way}' and '${second}' are given`, expected: `one of ${expected}` }, 'key');
  if (typeof type === 'string' && /^\s*curl\b/.test(type)) {
    names.list.add(path, { message: 'a request changes what it waits for', hint: 'wait with a command that only looks' }, 'key');
  }
  const other = Object.entries({ times, each, meanwhile }).find(([, given]) => given !== undefined);
  if (other !== undefined)
    names.list.add(path, { message: `'until' and '${other[0]}' do not go together`, hint: 'make it two actions' }, 'key');
  if (way === undefined) return undefined;
  const said = String(fields[way]);
  const wanted = way === 'has' || way === 'matches';
  const withinMs = typeof fields.within === 'number' ? fields.within * 1000 : usualMs;
  const at = [...path, way];
  if (way === 'has' || way === 'lacks') {
    return { text: checkTemplate(names, said, at, { each: undefined }), wanted, said: `${way}: ${said}`, withinMs };
  }
  const text = regularExpression(said);
  if (text === undefined) {
    names.list.add(at, { message: `'${said}' is not a regular expression` });
    return undefined;
  }
  return { text, wanted, said: `${way}: ${said}`, withinMs };
}

function regularExpression(text: string): RegExp | undefined {
  try {
    return new RegExp(text, 'm');
  } catch {
    return undefined;
  }
}
