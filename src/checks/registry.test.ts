import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { labChecks } from './registry.js';

t.test('every check can be described to an editor', async (t) => {
  for (const check of labChecks.all) {
    const schema = z.toJSONSchema(check.optionsSchema, { io: 'input' });
    t.equal(schema.type, 'object', check.kind);
    t.equal(schema.additionalProperties, false, `${check.kind} refuses what it does not know`);
    const fields = Object.entries(schema.properties ?? {});
    t.ok(
      fields.length > 0 && fields.every(([, field]) => typeof field === 'object' && field.description !== undefined),
      `${check.kind} says what each option is`,
    );
    t.ok(check.reasons.length > 0 && new Set(check.reasons).size === check.reasons.length);
  }
});

t.test('only a test of chance takes a share of the false alarms', async (t) => {
  t.same(
    labChecks.all.filter(({ statistical }) => statistical).map(({ kind }) => kind),
    ['fits-cascade'],
  );
});

t.test('an unknown check is refused', async (t) => {
  t.throws(() => labChecks.get('hops'), /there is no check 'hops'/);
});

t.test("what the lab clusterip expects is what its checks take, and its breaks' reasons are theirs", async (t) => {
  const lab = labSchema.parse(parse(readFileSync(join(repositoryRoot(), 'labs/clusterip/lab.yaml'), 'utf8')));
  const claims = lab.steps.flatMap((step) => step.claims);
  for (const { id, check: kind, expect, breaks } of claims) {
    const check = labChecks.get(kind);
    t.equal(check.optionsSchema.safeParse(expect).error, undefined, id);
    for (const { becauseOf } of breaks) t.ok(check.reasons.includes(becauseOf), `${id} can fail because of ${becauseOf}`);
  }
  t.ok(claims.length >= 17);
});

const labSchema = z.looseObject({
  steps: z.array(
    z.looseObject({
      claims: z.array(
        z.looseObject({
          id: z.string(),
          check: z.string(),
          expect: z.unknown(),
          breaks: z.array(z.looseObject({ becauseOf: z.string() })),
        }),
      ),
    }),
  ),
});

function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!(existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'labs')))) {
    if (folder === dirname(folder)) throw new Error('the repository was not found above this test');
    folder = dirname(folder);
  }
  return folder;
}
