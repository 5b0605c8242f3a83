import { z } from 'zod';
import type { Check } from '../core/check.js';
import type { Path } from '../objects/source/locate.js';
import { fieldsOf, isRecord, itemsOf } from '../objects/source/pick.js';
import { isRole, isTemplate, walk } from '../objects/source/schema-walk.js';
import { didYouMean, oneOf } from '../objects/source/suggest.js';
import type { Break, BreakWay, Claim } from './lab.js';
import { checkFor, checkKind, type LabContext, noteId } from './lab-context.js';
import { type BreakInput, breakSchema, claimShape } from './lab-schema.js';
import { checkObjectChange, objectChangeOf } from './object-refs.js';
import { checkEach, checkLiterals, checkRoleExpression, checkTemplate, type Names, type Scope } from './references.js';
import { parseRoleExpression } from './roles.js';
import { parseTemplate, type Template } from './template.js';

const shape = claimShape(z.unknown(), z.unknown());

/** A claim, or undefined and its problems noted. */
export function readClaim(
  context: LabContext,
  value: unknown,
  path: Path,
  observations: ReadonlySet<string>,
  modes: readonly unknown[],
): Claim | undefined {
  const { names, registries } = context;
  const head = names.list.read(shape, value, path);
  const fields = fieldsOf(value);
  noteId(context, 'claim', fields.id, [...path, 'id']);
  checkFor(context, fields.clusters, [...path, 'clusters']);
  const kind = fields.check;
  const known = typeof kind === 'string' && checkKind(context, 'check', kind, registries.checks.kinds, [...path, 'check']);
  const check = known ? registries.checks.get(kind) : undefined;
  if (check?.acrossModes === true && modes.length === 0) {
    names.list.add([...path, 'check'], { message: `the check ${check.kind} compares proxy modes`, expected: "a step with 'modes'" });
  }
  const options =
    check === undefined || fields.expect === undefined
      ? undefined
      : readExpect(names, check, fields.expect, [...path, 'expect'], observations);
  checkLiterals(names, fields.expect, [...path, 'expect'], { chainAllowed: true });
  const breaks = itemsOf(fields.breaks).map((item, i) => readBreak(context, check, item, [...path, 'breaks', i], modes));
  if (head === undefined) return undefined;
  return {
    id: head.id,
    says: head.says,
    check: head.check,
    options,
    breaks: breaks.filter((b): b is Break => b !== undefined),
    clusters: head.clusters,
    source: names.list.document.where(path),
  };
}

function readExpect(names: Names, check: Check, value: unknown, path: Path, observations: ReadonlySet<string>): unknown {
  walk(check.optionsSchema, value, path, (at, schemas, known, part) => {
    // What is no expression at all is told by the schema, where the schema asks for one.
    const asked = schemas.some(isRole);
    if (typeof part === 'string' && (asked ? parseRoleExpression(part) !== undefined : at[path.length] === 'on'))
      checkRoleExpression(names, part, at, 'anything');
    if (typeof part === 'string' && schemas.some(isTemplate)) checkTemplate(names, part, at, { each: 'either' });
    return known;
  });
  const options = names.list.read(check.optionsSchema, value, path);
  if (options === undefined) return undefined;
  const offered = [...observations];
  for (const name of check.observations(options)) {
    if (observations.has(name)) continue;
    const option = Object.entries(fieldsOf(value)).find(([, written]) => written === name || itemsOf(written).includes(name));
    names.list.add(option === undefined ? [...path.slice(0, -1), 'check'] : [...path, option[0]], {
      message: `nothing in this step observes '${name}', which the check ${check.kind} needs`,
      expected: `a probe '${name}' under observe, or an action with as: ${name}`,
      ...(didYouMean(name, offered).hint === undefined ? { hint: `this step observes ${offered.join(', ')}` } : didYouMean(name, offered)),
    });
  }
  return options;
}

function readBreak(
  context: LabContext,
  check: Check | undefined,
  value: unknown,
  path: Path,
  modes: readonly unknown[],
): Break | undefined {
  const { names } = context;
  const { list } = names;
  const head = list.read(breakSchema, value, path);
  const fields = fieldsOf(value);
  noteId(context, 'break', fields.id, [...path, 'id']);
  const reason = fields.becauseOf;
  if (check !== undefined && typeof reason === 'string' && !check.reasons.includes(reason)) {
    list.add([...path, 'becauseOf'], {
      message: `the check ${check.kind} never fails because of '${reason}'`,
      expected: oneOf(check.reasons),
      ...didYouMean(reason, check.reasons),
    });
  }
  const known = ['rule', 'on', 'run', 'undo', 'holds', 'patch', 'delete'];
  if (isRecord(value) && !known.some((key) => Object.hasOwn(value, key))) {
    list.add(path, { message: 'the break does not say what to break', expected: 'rule; or on, run, undo and holds; or patch; or delete' });
  }
  if (fields.in !== undefined && !modes.includes(fields.in)) {
    list.add([...path, 'in'], {
      message: `the step is not taken in the mode '${String(fields.in)}'`,
      expected: modes.length === 0 ? "a step with 'modes'" : oneOf(modes.map(String)),
    });
  }
  checkRule(names, fields.rule, [...path, 'rule']);
  checkCommand(names, fields, path);
  checkObjectChange(names, fields, path);
  if (head === undefined) return undefined;
  return {
    id: head.id,
    says: head.says,
    becauseOf: head.becauseOf,
    mode: head.in,
    ways: waysOf(head, Object.keys(fields)),
    source: list.document.where(path),
  };
}

function checkRule(names: Names, rule: unknown, path: Path): void {
  const { on, each, chain, spec } = fieldsOf(rule);
  if (typeof each === 'string') checkEach(names, each, [...path, 'each'], ['endpoints']);
  const scope = { each: each === undefined ? undefined : 'endpoint' } as const;
  if (typeof on === 'string') checkRoleExpression(names, on, [...path, 'on'], 'one-place');
  if (typeof chain === 'string') checkTemplate(names, chain, [...path, 'chain'], scope);
  checkArgv(names, spec, [...path, 'spec'], scope);
}

/** A command that breaks something needs all four, or nobody knows whether it is still broken. */
function checkCommand(names: Names, fields: Readonly<Record<string, unknown>>, path: Path): void {
  const parts = ['on', 'run', 'undo', 'holds'];
  const given = parts.filter((part) => fields[part] !== undefined);
  if (given.length === 0) return;
  for (const part of parts.filter((p) => fields[p] === undefined)) {
    names.list.add([...path, given.at(-1) ?? ''], { message: `'${part}' is missing`, expected: 'on, run, undo and holds together' }, 'key');
  }
  if (typeof fields.on === 'string') checkRoleExpression(names, fields.on, [...path, 'on'], 'one-place');
  for (const part of ['run', 'undo', 'holds']) checkArgv(names, fields[part], [...path, part], { each: undefined });
}

function checkArgv(names: Names, argv: unknown, path: Path, scope: Scope): void {
  for (const [i, word] of itemsOf(argv).entries()) if (typeof word === 'string') checkTemplate(names, word, [...path, i], scope);
}

function waysOf(head: BreakInput, order: readonly string[]): BreakWay[] {
  return order.flatMap((key): BreakWay[] => {
    const { rule, on, run, undo, holds } = head;
    if (key === 'rule' && rule)
      return [
        {
          kind: 'rule',
          on: rule.on,
          ...(rule.each === undefined ? {} : { each: rule.each }),
          table: rule.table,
          chain: template(rule.chain),
          spec: rule.spec.map(template),
        },
      ];
    if (key === 'run' && on !== undefined && run && undo && holds) {
      return [{ kind: 'command', on, run: run.map(template), undo: undo.map(template), holds: holds.map(template) }];
    }
    const change = objectChangeOf(key, head);
    return change === undefined ? [] : [change];
  });
}

function template(text: string): Template {
  return parseTemplate(text).template;
}
