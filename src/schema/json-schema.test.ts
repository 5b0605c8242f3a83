import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { fixtures, repositoryRoot } from '../objects/source/testing/fixture-files.js';
import { type Json, labJsonSchema } from './json-schema.js';
import { standIns } from './testing/registries.js';

const schema = labJsonSchema(standIns);

t.test('every level is described, and every kind has its own options', async (t) => {
  const at = (...path: string[]) =>
    path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), schema);
  t.same(at('properties', 'requires', 'properties', 'clusters', 'items'), { enum: ['netns', 'kind'] });
  t.same(at('$defs', 'claim', 'properties', 'check', 'enum'), standIns.checks.kinds);
  t.same(at('$defs', 'observe', 'properties', 'probe', 'enum'), standIns.probes.kinds);
  t.match(at('$defs', 'claim', 'allOf', '0'), {
    if: { properties: { check: { const: 'nodes' } } },
    then: {
      properties: {
        expect: { required: ['label', 'values'], additionalProperties: false },
        breaks: { items: { properties: { becauseOf: { enum: ['count', 'label', 'range'] } } } },
      },
    },
  });
  t.match(at('$defs', 'observe', 'allOf', '0', 'then'), {
    properties: { probe: true, on: true, filter: { type: 'string' } },
    required: ['filter'],
    additionalProperties: false,
  });
  t.equal(at('$defs', 'break', 'additionalProperties'), false);
  const undescribed = Object.entries(at('$defs', 'action', 'properties') ?? {}).filter(
    ([, field]) => typeof field.description !== 'string',
  );
  t.same(undescribed, []);
});

/** Judges by the parts of JSON Schema that the lab schema uses; an oracle for `if`/`then` and references, which zod's reader lacks. */
function fits(value: unknown, rule: unknown): boolean {
  if (rule === true || rule === undefined) return true;
  if (!isJson(rule)) return false;
  const {
    $ref,
    properties,
    items,
    required,
    additionalProperties,
    allOf,
    anyOf,
    type,
    const: only,
    enum: values,
    pattern,
    minimum,
    minItems,
    minLength,
  } = rule;
  if (typeof $ref === 'string' && !fits(value, isJson(schema['$defs']) ? schema['$defs'][$ref.slice('#/$defs/'.length)] : undefined))
    return false;
  if (only !== undefined && value !== only) return false;
  if (Array.isArray(values) && !values.includes(value)) return false;
  if (Array.isArray(allOf) && !allOf.every((part) => (isJson(part) && fits(value, part['if']) ? fits(value, part['then']) : true)))
    return false;
  if (Array.isArray(anyOf) && !anyOf.some((part) => fits(value, part))) return false;
  const types: Record<string, boolean> = {
    string: typeof value === 'string',
    integer: Number.isInteger(value),
    number: typeof value === 'number',
    boolean: typeof value === 'boolean',
    array: Array.isArray(value),
    object: isJson(value),
  };
  if (typeof type === 'string' && types[type] !== true) return false;
  if (
    typeof value === 'string' &&
    ((typeof pattern === 'string' && !new RegExp(pattern).test(value)) || (typeof minLength === 'number' && value.length < minLength))
  )
    return false;
  if (typeof value === 'number' && typeof minimum === 'number' && value < minimum) return false;
  if (Array.isArray(value))
    return value.length >= (typeof minItems === 'number' ? minItems : 0) && value.every((item) => fits(item, items));
  if (!isJson(value)) return true;
  if (Array.isArray(required) && !required.every((key) => Object.hasOwn(value, String(key)))) return false;
  return Object.entries(value).every(([key, item]) =>
    fits(item, isJson(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties),
  );
}

function isJson(value: unknown): value is Json {
  return z.record(z.string(), z.unknown()).safeParse(value).success;
}

t.test('labs that load fit the schema, labs with wrong fields do not', async (t) => {
  t.ok(fits(parse(readFileSync(join(repositoryRoot, 'labs/clusterip/lab.yaml'), 'utf8')), schema), 'clusterip');
  for (const { file, text } of fixtures('src/schema/fixtures/lab', 'valid-')) t.ok(fits(parse(text), schema), file);
  for (const { file, text } of fixtures('src/schema/fixtures/lab', 'invalid-')) {
    if (/fields|texts/.test(file)) t.notOk(fits(parse(text), schema), file);
  }
});
