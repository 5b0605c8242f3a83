import { z } from 'zod';
import { type Place, placeName } from '../core/executor.js';
import type { Text } from '../core/text.js';
import type { Output } from '../evidence/outputs.js';
import { fieldNotes } from '../objects/source/schema-walk.js';
import { roleExpression } from '../schema/roles.js';
import { defineCheck, type LabEvidence } from './lab-check.js';
import { filler } from './output-template.js';
import { jsonOf, valuesAt } from './output-values.js';
import { plural } from './wording.js';

const filled = (description: string): z.ZodString => z.string().min(1).describe(description).register(fieldNotes, { template: true });

const wantSchema = z
  .strictObject({
    on: roleExpression('Only what was printed in these places').exactOptional(),
    has: filled('A text that it holds').exactOptional(),
    lacks: filled('A text that it does not hold').exactOptional(),
    matches: z
      .string()
      .min(1)
      .refine((text) => regularExpression(text) !== undefined, 'is not a regular expression')
      .describe('A regular expression of JavaScript (flag m) that matches somewhere in it')
      .exactOptional(),
    at: z
      .array(z.union([filled("a field, an index, '*' for every item, or FIELD=VALUE for the items that have it"), z.int().min(0)]))
      .min(1)
      .describe("Where in the JSON that it is: fields and indexes; '*' for every item, FIELD=VALUE for those that have it")
      .exactOptional(),
    is: z
      .union([filled('the value there'), z.number(), z.boolean()])
      .describe('What every value there is')
      .exactOptional(),
  })
  .refine(({ has, lacks, matches, at }) => [has, lacks, matches, at].filter((one) => one !== undefined).length === 1, {
    message: 'needs one of has, lacks, matches, and at with is',
  })
  .refine(({ at, is }) => (at === undefined) === (is === undefined), { message: 'at and is go together' });

type Want = z.output<typeof wantSchema>;

const optionsSchema = z.strictObject({
  output: z.string().min(1).describe('The observation that holds what was printed'),
  exit: z.int().min(0).max(255).default(0).describe('The exit code; 0 unless said'),
  expect: z.array(wantSchema).min(1).describe('What every output is like'),
});

type Reason = 'exit' | 'missing' | 'present' | 'differs';

interface Deviation {
  readonly reason: Reason;
  readonly output: Output;
  readonly seen: Text;
}

/** What commands printed. References are filled in as in the command itself. */
export const outputCheck = defineCheck({
  kind: 'output',
  optionsSchema,
  reasons: ['exit', 'missing', 'present', 'differs'],
  observations: ({ output }) => [output],
  judge({ options, evidence }) {
    const outputs = evidence.view.outputs(options.output);
    const said = options.expect.map((want) => wordsOf(want, filler(evidence.scene, outputs[0]?.each)));
    const expected = { en: said.map(({ en }) => en).join('; '), ko: said.map(({ ko }) => ko).join('; ') };
    const [first] = outputs;
    if (first === undefined)
      return { status: 'fail', reason: 'missing', expected, seen: { en: 'no command was run', ko: '실행된 명령이 없음' } };
    const deviation =
      outputs.map((output) => exitOf(output, options.exit)).find(isDeviation) ?? deviationOf(options.expect, outputs, evidence);
    if (deviation !== undefined) {
      const at = `${placeName(deviation.output.place)}, ${deviation.output.argv.join(' ')}`;
      const { en, ko } = deviation.seen;
      return { status: 'fail', reason: deviation.reason, expected, seen: { en: `${at}: ${en}`, ko: `${at}: ${ko}` } };
    }
    return {
      status: 'pass',
      expected,
      seen: { en: `so in ${plural(outputs.length, 'output')}`, ko: `출력 ${outputs.length}개에서 그러함` },
    };
  },
});

function exitOf(output: Output, wanted: number): Deviation | undefined {
  if (output.ended === 'exit' && output.exitCode === wanted) return undefined;
  const how = output.ended === 'exit' ? `exit ${output.exitCode}` : output.ended;
  const seen = `${how}: ${firstLine(output.stderr) || firstLine(output.stdout) || '-'}`;
  return { reason: 'exit', output, seen: { en: seen, ko: seen } };
}

function deviationOf(wants: readonly Want[], outputs: readonly Output[], evidence: LabEvidence): Deviation | undefined {
  for (const want of wants) {
    const places: readonly Place[] | undefined = want.on === undefined ? undefined : evidence.scene.places(want.on);
    const asked = outputs.filter(({ place }) => places?.some((one) => one === place) ?? true);
    const [first] = outputs;
    if (asked.length === 0 && first !== undefined)
      return { reason: 'missing', output: first, seen: { en: `nothing was run at ${want.on}`, ko: `${want.on}에서 실행된 것이 없음` } };
    const found = asked.map((output) => judgeOne(want, output, filler(evidence.scene, output.each))).find(isDeviation);
    if (found !== undefined) return found;
  }
  return undefined;
}

function judgeOne(want: Want, output: Output, fill: (text: string) => string): Deviation | undefined {
  const { stdout } = output;
  const shown = { en: firstLine(stdout) || 'nothing was printed', ko: firstLine(stdout) || '출력 없음' };
  if (want.has !== undefined) return stdout.includes(fill(want.has)) ? undefined : { reason: 'missing', output, seen: shown };
  if (want.matches !== undefined)
    return regularExpression(want.matches)?.test(stdout) ? undefined : { reason: 'missing', output, seen: shown };
  if (want.lacks !== undefined) {
    const text = fill(want.lacks);
    const line = stdout.split('\n').find((one) => one.includes(text));
    return line === undefined && !stdout.includes(text)
      ? undefined
      : { reason: 'present', output, seen: { en: line ?? text, ko: line ?? text } };
  }
  const path = (want.at ?? []).map((segment) => (typeof segment === 'string' ? fill(segment) : segment));
  const json = jsonOf(stdout);
  if (json === undefined) return { reason: 'missing', output, seen: { en: `no JSON: ${shown.en}`, ko: `JSON이 아님: ${shown.ko}` } };
  const values = valuesAt(json, path);
  const where = path.join('.');
  if (values.length === 0) return { reason: 'missing', output, seen: { en: `nothing at ${where}`, ko: `${where}에 값이 없음` } };
  const is = typeof want.is === 'string' ? fill(want.is) : String(want.is);
  const other = values.find((value) => String(value) !== is);
  if (other === undefined) return undefined;
  const text = `${where} = ${typeof other === 'object' ? JSON.stringify(other) : String(other)}`;
  return { reason: 'differs', output, seen: { en: text, ko: text } };
}

function wordsOf(want: Want, fill: (text: string) => string): Text {
  const where = want.on === undefined ? '' : `${want.on}: `;
  if (want.has !== undefined) return { en: `${where}'${fill(want.has)}' is there`, ko: `${where}'${fill(want.has)}'이(가) 있음` };
  if (want.lacks !== undefined) return { en: `${where}'${fill(want.lacks)}' is not there`, ko: `${where}'${fill(want.lacks)}'이(가) 없음` };
  if (want.matches !== undefined) return { en: `${where}it matches /${want.matches}/`, ko: `${where}/${want.matches}/과(와) 일치` };
  const text = `${where}${(want.at ?? []).join('.')} = ${typeof want.is === 'string' ? fill(want.is) : String(want.is)}`;
  return { en: text, ko: text };
}

function regularExpression(text: string): RegExp | undefined {
  try {
    return new RegExp(text, 'm');
  } catch {
    return undefined;
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

function isDeviation(found: Deviation | undefined): found is Deviation {
  return found !== undefined;
}
