import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../../src/cli/package-root.js';

const step = z.looseObject({
  name: z.string(),
  uses: z.string().optional(),
  run: z.string().optional(),
  shell: z.string().optional(),
  if: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});

const schema = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.boolean() }),
  jobs: z.strictObject({
    lab: z.looseObject({
      if: z.string(),
      'runs-on': z.array(z.string()),
      'timeout-minutes': z.int(),
      permissions: z.undefined().optional(),
      strategy: z.strictObject({
        'fail-fast': z.boolean(),
        matrix: z.strictObject({
          lab: z.array(z.string()),
          cluster: z.array(z.string()),
          exclude: z.array(z.strictObject({ lab: z.string(), cluster: z.string() })),
        }),
      }),
      steps: z.array(step),
    }),
  }),
});

const file = join(packageRoot, '.github', 'workflows', 'labs.yml');

/** .github/workflows/labs.yml as its tests read it. */
export function labsWorkflow(): { readonly text: string; readonly workflow: z.infer<typeof schema> } {
  const text = readFileSync(file, 'utf8');
  return { text, workflow: schema.parse(parse(text)) };
}
