import { z } from 'zod';
import type { Path } from '../objects/source/locate.js';
import { fieldsOf, itemsOf, textOf } from '../objects/source/pick.js';
import type { Action, Claim, Observe, Step } from './lab.js';
import { isChange, readChange, readChanges } from './lab-changes.js';
import { readClaim } from './lab-claims.js';
import { checkFor, checkKind, type LabContext, noteId } from './lab-context.js';
import { actionSchema, name as nameSchema, observeSchema, stepShape } from './lab-schema.js';
import { isRead, readReading, readUntil } from './lab-waits.js';
import { checkEach, checkLiterals, checkRoleExpression, checkTemplate, type Names, type Scope } from './references.js';
import type { Template } from './template.js';
import { splitWords } from './words.js';

const shape = stepShape(z.unknown(), z.unknown(), z.unknown(), z.unknown());

/** Taken in every step by the runner itself: every object of the cluster. */
const objectsObservation = 'objects';

/** A step, or undefined and its problems noted. */
export function readStep(context: LabContext, value: unknown, path: Path): Step | undefined {
  const { list } = context.names;
  const head = list.read(shape, value, path);
  const fields = fieldsOf(value);
  noteId(context, 'step', fields.id, [...path, 'id']);
  const given = readChanges(context, fields.given, [...path, 'given']);
  const modes = itemsOf(fields.modes);
  const twice = modes.findIndex((mode, i) => modes.indexOf(mode) < i);
  if (twice >= 0) list.add([...path, 'modes', twice], { message: `the mode '${String(modes[twice])}' is named twice` });
  const fixed = itemsOf(fields.given).findIndex((change) => Object.hasOwn(fieldsOf(change), 'proxyMode'));
  if (modes.length > 0 && fixed >= 0)
    list.add([...path, 'given', fixed], {
      message: "a step with 'modes' goes through proxy modes by itself",
      hint: 'leave this change out',
    });
  const observations = new Set([objectsObservation, ...given.flatMap((change) => (change.kind === 'grow' ? [change.as] : []))]);
  const observe = Object.entries(fieldsOf(fields.observe)).map(([name, entry]) => {
    const at = [...path, 'observe', name];
    if (name === objectsObservation) {
      list.add(at, { message: "the observation name 'objects' is taken: every step observes the cluster's objects" }, 'key');
    } else if (!nameSchema.safeParse(name).success) {
      list.add(at, { message: `'${name}' is not a name for an observation`, expected: 'lower-case letters, digits and -' }, 'key');
    }
    observations.add(name);
    return readObserve(context, name, entry, at);
  });
  const actions = itemsOf(fields.do).map((action, i) => {
    const at = [...path, 'do', i];
    const as = textOf(fieldsOf(action).as);
    // The name of a reading is no observation's.
    if (isRead(action)) return readReading(context, action, at, fieldsOf(fields.observe));
    if (as !== undefined && observations.has(as)) {
      const taken = as === objectsObservation ? "taken: every step observes the cluster's objects" : 'used twice in this step';
      list.add([...at, 'as'], { message: `the observation name '${as}' is ${taken}` });
    }
    if (as !== undefined) observations.add(as);
    return readAction(context, action, at);
  });
  const claims = itemsOf(fields.claims).map((claim, i) => readClaim(context, claim, [...path, 'claims', i], observations, modes));
  if (head === undefined) return undefined;
  return {
    id: head.id,
    text: head.text,
    given,
    modes: head.modes ?? [],
    optional: head.optional ?? false,
    observe: observe.filter((o): o is Observe => o !== undefined),
    actions: actions.filter((a): a is Action => a !== undefined),
    claims: claims.filter((c): c is Claim => c !== undefined),
    source: list.document.where(path),
  };
}

function readObserve(context: LabContext, name: string, value: unknown, path: Path): Observe | undefined {
  const { names, registries } = context;
  const head = names.list.read(observeSchema, value, path);
  const { probe, on, clusters, ...options } = fieldsOf(value);
  checkFor(context, clusters, [...path, 'clusters']);
  const places = typeof on === 'string' ? [on] : itemsOf(on);
  for (const [i, place] of places.entries()) {
    if (typeof place === 'string')
      checkRoleExpression(names, place, typeof on === 'string' ? [...path, 'on'] : [...path, 'on', i], 'places');
  }
  const templates: Record<string, Template | readonly Template[]> = {};
  if (typeof options.filter === 'string') templates.filter = checkTemplate(names, options.filter, [...path, 'filter'], { each: undefined });
  if (Array.isArray(options.to)) {
    templates.to = itemsOf(options.to).flatMap((target, i) =>
      typeof target === 'string' ? [checkTemplate(names, target, [...path, 'to', i], { each: undefined })] : [],
    );
  }
  if (typeof probe === 'string' && checkKind(context, 'probe', probe, registries.probes.kinds, [...path, 'probe'])) {
    names.list.read(registries.probes.get(probe).optionsSchema, options, path);
  }
  if (head === undefined) return undefined;
  return {
    name,
    probe: head.probe,
    on: typeof head.on === 'string' ? [head.on] : head.on,
    clusters: head.clusters,
    options,
    templates,
    source: names.list.document.where(path),
  };
}

function readAction(context: LabContext, value: unknown, path: Path): Action | undefined {
  if (isChange(value)) {
    const change = readChange(context, value, path);
    return change && { kind: 'change', change };
  }
  const { names } = context;
  const head = names.list.read(actionSchema, value, path);
  const { on, type, each, as, meanwhile, until, clusters } = fieldsOf(value);
  checkFor(context, clusters, [...path, 'clusters']);
  if (typeof each === 'string') checkEach(names, each, [...path, 'each'], ['endpoints', 'nodes']);
  const argv = typeof type === 'string' ? readTyped(names, type, [...path, 'type'], eachKind(each)) : [];
  const curl = argv[0]?.text === 'curl';
  const wanted = (as === undefined && until === undefined) || curl ? 'one-place' : 'places';
  if (typeof on === 'string') checkRoleExpression(names, on, [...path, 'on'], wanted);
  if (meanwhile !== undefined && !(curl && as !== undefined)) {
    names.list.add(
      [...path, 'meanwhile'],
      { message: "'meanwhile' goes with the requests of a curl whose answers are kept", hint: "type a curl command, and add 'as'" },
      'key',
    );
  }
  const changes = readChanges(context, meanwhile, [...path, 'meanwhile']);
  const enough = until === undefined ? undefined : readUntil(context, value, [...path, 'until']);
  if (head === undefined) return undefined;
  return {
    kind: 'command',
    on: head.on,
    typed: head.type,
    argv,
    why: head.why,
    times: head.times === undefined ? 1 : head.times === '$requests' ? 'requests' : head.times,
    ...(head.each === undefined ? {} : { each: head.each }),
    ...(head.as === undefined ? {} : { as: head.as }),
    ...(enough === undefined ? {} : { until: enough }),
    meanwhile: changes,
    clusters: head.clusters,
    source: names.list.document.where(path),
  };
}

function eachKind(each: unknown): 'endpoint' | 'node' | undefined {
  return each === undefined ? undefined : each === 'nodes' ? 'node' : 'endpoint';
}

function readTyped(names: Names, typed: string, path: Path, each: Scope['each']): Template[] {
  const { words, faults } = splitWords(typed.trimEnd());
  for (const { message, hint, text, offset } of faults) names.list.add(path, { message, hint }, 'value', { text, offset });
  if (words.length === 0 && faults.length === 0) names.list.add(path, { message: "'type' must not be empty", expected: 'a command' });
  if (faults.length > 0) {
    checkLiterals(names, typed, path, { chainAllowed: false });
    return [];
  }
  return words.map((word) => checkTemplate(names, word.text, path, { each, start: word.start }));
}
