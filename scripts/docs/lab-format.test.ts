import { readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import type { LabCheck } from '../../src/checks/lab-check.js';
import { labChecks } from '../../src/checks/registry.js';
import { labRegistries } from '../../src/cli/registries.js';
import { InputError } from '../../src/core/errors.js';
import { Registry } from '../../src/core/registry.js';
import { loadManifests } from '../../src/objects/manifests.js';
import { probes } from '../../src/probes/registry.js';
import { labJsonSchema } from '../../src/schema/json-schema.js';
import type { Lab } from '../../src/schema/lab.js';
import { readLab } from '../../src/schema/load-lab.js';
import { reservedRoles } from '../../src/schema/roles.js';
import { everyEndpointCheck } from './every-endpoint.js';
import { labAround, namedFiles } from './labs.js';
import { codeIn, document, documents, root, tableOf } from './markdown.js';

const format = document('docs/lab-format.md');
const withExample = { ...labRegistries, checks: new Registry<LabCheck>('check', [...labChecks.all, everyEndpointCheck]) };

/** Reads a lab that lies in `labs/<folder>/`, with files that a document shows beside those of the checkout. */
function readAs(file: string, text: string, shown: ReadonlyMap<string, string> = new Map()): Lab {
  return readLab({ file, text }, withExample, (path) => {
    const found = shown.get(normalize(path).replace(/^labs\//, ''));
    return { text: found ?? readFileSync(join(root, path), 'utf8') };
  });
}

t.test('every YAML example loads', async (t) => {
  let labs = 0;
  let fragments = 0;
  for (const { file, blocks } of documents()) {
    const files = namedFiles(blocks);
    for (const [name, text] of files) {
      if (!text.includes('kind: Lab')) continue;
      labs += 1;
      const lab = readAs(`labs/${name}`, text, files);
      t.ok(lab.steps.length > 0, `${file}: ${name}`);
      t.ok(loadManifests(lab.manifests).objects.length > 0, `${file}: the manifests of ${name}`);
    }
    for (const block of blocks.filter(({ language, text }) => language === 'yaml' && !/^# \S+\.yaml\n/.test(text))) {
      fragments += 1;
      const lab = readAs('labs/clusterip/lab.yaml', labAround(block));
      t.ok(
        lab.steps[0]?.claims.every(({ breaks }) => breaks.length > 0),
        `${file}:${block.line}`,
      );
    }
  }
  t.equal(labs, 1);
  t.equal(fragments, 2);
});

t.test('an example that is wrong would not', async (t) => {
  const files = namedFiles(format.blocks);
  const wrong = (files.get('two-pods/lab.yaml') ?? '').replace('becauseOf: source', 'becauseOf: sauce').replace('times:', 'tmies:');
  t.throws(() => readAs('labs/two-pods/lab.yaml', wrong, files), InputError);
});

t.test('the tables of checks and probes are the registries', async (t) => {
  const described = (kind: string, schema: z.ZodType) => {
    const { properties, required } = shapeOf(schema);
    return { kind, required, optional: properties.filter((name) => !required.includes(name)) };
  };
  const checks = tableOf(format, 'check').map(([kind = '', required = '', optional = '', reasons = '']) => ({
    kind: codeIn(kind)[0],
    required: codeIn(required),
    optional: codeIn(optional),
    reasons: codeIn(reasons),
  }));
  t.strictSame(
    checks,
    labChecks.all.map(({ kind, optionsSchema, reasons }) => ({ ...described(kind, optionsSchema), reasons: [...reasons] })),
  );
  const named = tableOf(format, 'probe').map(([kind = '', options = '']) => ({ kind: codeIn(kind)[0], options: codeIn(options) }));
  t.strictSame(
    named,
    probes.all.map(({ kind, optionsSchema }) => ({ kind, options: shapeOf(optionsSchema).properties })),
  );
  const explained = [...format.prose.matchAll(/^- `([a-z-]+)`: /gm)].map((match) => match[1]);
  t.strictSame(explained, labChecks.kinds, 'each check is explained');
});

t.test('every field of the format is told of', async (t) => {
  const schema = z.looseObject({ $defs: z.record(z.string(), z.unknown()) }).parse(labJsonSchema(labRegistries));
  const parts = [schema, ...['step', 'change', 'action', 'observe', 'claim', 'break'].map((name) => schema.$defs[name])];
  const fields = parts.flatMap((part) =>
    Object.keys(z.looseObject({ properties: z.record(z.string(), z.unknown()) }).parse(part).properties),
  );
  const told = new Set(format.tables.flatMap((table) => table.slice(1).flatMap(([first = '']) => codeIn(first))));
  t.ok(fields.length > 25);
  t.strictSame(
    fields.filter((field) => !told.has(field)),
    [],
  );
  t.strictSame(
    reservedRoles.filter((role) => !codeIn(format.prose).includes(role)),
    [],
    'reserved names of roles',
  );
});

function shapeOf(schema: z.ZodType): { readonly properties: readonly string[]; readonly required: readonly string[] } {
  const json = z.looseObject({ properties: z.record(z.string(), z.unknown()), required: z.array(z.string()).default([]) });
  const { properties, required } = json.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return { properties: Object.keys(properties), required };
}
