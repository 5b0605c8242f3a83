import { z } from 'zod';
import {
  actionSchema,
  breakSchema,
  changeSchema,
  claimShape,
  labShape,
  observeSchema,
  readSchema,
  roleRefSchema,
  stepShape,
  textSchema,
} from './lab-schema.js';
import type { LabRegistries } from './registries.js';

export type Json = { [key: string]: unknown };

/**
 * The lab format as JSON Schema (draft 2020-12), for editors: it completes fields, kinds of checks and probes, and the options of
 * the check or probe that is named. The loader checks more than a schema can say.
 */
export function labJsonSchema(registries: LabRegistries): Json {
  const { checks, probes, clusters } = registries;
  const kinds = { items: { enum: clusters } };
  const lab = shape(labShape(z.unknown(), roleRefSchema));
  const step = shape(stepShape(z.unknown(), z.unknown(), z.unknown(), z.unknown()));
  const claim = shape(claimShape(z.unknown(), z.unknown()));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'svclab lab',
    ...merged(lab, {
      steps: { items: ref('step') },
      metadata: merged(fieldOf(lab, 'metadata'), { title: ref('text'), summary: ref('text') }),
      requires: merged(fieldOf(lab, 'requires'), { clusters: kinds }),
    }),
    $defs: {
      text: shape(textSchema),
      step: merged(step, {
        text: ref('text'),
        observe: { additionalProperties: ref('observe') },
        given: { items: ref('change') },
        do: { items: { anyOf: [ref('action'), ref('change'), ref('read')] } },
        claims: { items: ref('claim') },
      }),
      action: merged(shape(actionSchema), { why: ref('text'), clusters: kinds, meanwhile: { items: ref('change') } }),
      read: merged(shape(readSchema), { why: ref('text'), clusters: kinds }),
      change: merged(shape(changeSchema), { why: ref('text'), clusters: kinds }),
      observe: observeOf(probes.all, kinds),
      claim: {
        ...merged(claim, { says: ref('text'), clusters: kinds, check: { enum: checks.kinds }, breaks: { items: ref('break') } }),
        allOf: checks.all.map(({ kind, optionsSchema, reasons }) =>
          whenIs('check', kind, { expect: shape(optionsSchema), breaks: { items: { properties: { becauseOf: { enum: [...reasons] } } } } }),
        ),
      },
      break: merged(shape(breakSchema), { says: ref('text') }),
    },
  };
}

/** The options of a probe stand beside `probe` and `on`, so each probe has a list of fields of its own. */
function observeOf(probes: LabRegistries['probes']['all'], kinds: Json): Json {
  const { additionalProperties: _open, ...common } = shape(observeSchema);
  const own = fieldsIn(common);
  return {
    ...merged(common, { probe: { enum: probes.map((probe) => probe.kind) }, clusters: kinds }),
    allOf: probes.map(({ kind, optionsSchema }) => {
      const options = shape(optionsSchema);
      const names = Object.fromEntries(Object.keys(own).map((name) => [name, true]));
      const required = Array.isArray(options.required) ? { required: options.required } : {};
      return whenIs('probe', kind, { ...names, ...fieldsIn(options) }, { ...required, additionalProperties: false });
    }),
  };
}

function whenIs(field: string, kind: string, properties: Json, more: Json = {}): Json {
  const condition = { properties: { [field]: { const: kind } }, required: [field] };
  // Built from entries, since an object literal with a field `then` looks like a promise to whoever reads it.
  return Object.fromEntries([
    ['if', condition],
    ['then', { properties, ...more }],
  ]);
}

function shape(schema: z.core.$ZodType): Json {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

/** A schema of a mapping with more said of some of its fields. A reference keeps the field's own description beside it. */
function merged(schema: Json, more: Json): Json {
  const fields = fieldsIn(schema);
  const changed = Object.entries(more).map(([name, extra]) => {
    const field = fieldOf(schema, name);
    const description = 'description' in field ? { description: field.description } : {};
    return [name, isReference(extra) ? { ...description, ...extra } : { ...field, ...(isJson(extra) ? extra : {}) }];
  });
  return { ...schema, properties: { ...fields, ...Object.fromEntries(changed) } };
}

function fieldsIn(schema: Json): Json {
  return isJson(schema.properties) ? schema.properties : {};
}

function fieldOf(schema: Json, name: string): Json {
  const field = fieldsIn(schema)[name];
  return isJson(field) ? field : {};
}

function ref(name: string): Json {
  return { $ref: `#/$defs/${name}` };
}

function isReference(value: unknown): value is Json {
  return isJson(value) && '$ref' in value;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
