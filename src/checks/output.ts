import { z } from 'zod';
import { type Place, placeName } from '../core/executor.js';
import type { Text } from '../core/text.js';
import type { Output } from '../evidence/outputs.js';
import type { Scene } from '../scene/scene.js';
import { defineCheck, type LabEvidence } from './lab-check.js';
import { filler } from './output-template.js';
import { firstLine, isInside, valuesOf } from './output-values.js';
import { regularExpression, type Want, wantSchema } from './output-wants.js';
import { joined, plural } from './wording.js';

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
    const expected = joined(
      options.expect.map((want) => wordsOf(want, filler(evidence.scene, outputs[0]))),
      '; ',
    );
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
      seen: joined(distinct(options.expect.map((want) => shownOf(want, outputs, evidence))), '; '),
    };
  },
});

function exitOf(output: Output, wanted: number): Deviation | undefined {
  if (output.ended === 'exit' && output.exitCode === wanted) return undefined;
  const how = output.ended === 'exit' ? `exit ${output.exitCode}` : output.ended;
  const seen = `${how}: ${firstLine(output.stderr) || firstLine(output.stdout) || '-'}`;
  return { reason: 'exit', output, seen: { en: seen, ko: seen } };
}

function deviationOf(wants: readonly Want[], outputs: readonly Output[], { scene }: LabEvidence): Deviation | undefined {
  for (const want of wants) {
    const asked = askedOf(want, outputs, scene);
    const [first] = outputs;
    if (asked.length === 0 && first !== undefined)
      return { reason: 'missing', output: first, seen: { en: `nothing was run at ${want.on}`, ko: `${want.on}에서 실행된 것이 없음` } };
    const found =
      asked.map(({ output, fill }) => textDeviation(want, output, fill) ?? valueDeviation(want, output, fill)).find(isDeviation) ??
      unlike(want, asked);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Fill = (text: string) => string;

interface Asked {
  readonly output: Output;
  readonly fill: Fill;
}

function askedOf({ on }: Want, outputs: readonly Output[], scene: Scene): readonly Asked[] {
  const places: readonly Place[] | undefined = on === undefined ? undefined : scene.places(on);
  return outputs
    .filter(({ place }) => places?.some((one) => one === place) ?? true)
    .map((output) => ({ output, fill: filler(scene, output) }));
}

function textDeviation({ has, lacks, matches }: Want, output: Output, fill: Fill): Deviation | undefined {
  const { stdout } = output;
  const line = firstLine(stdout);
  const missing: Deviation = { reason: 'missing', output, seen: { en: line || 'nothing was printed', ko: line || '출력 없음' } };
  if (has !== undefined) return stdout.includes(fill(has)) ? undefined : missing;
  if (matches !== undefined) return regularExpression(matches, 'm')?.test(stdout) ? undefined : missing;
  if (lacks === undefined || !stdout.includes(fill(lacks))) return undefined;
  const there = stdout.split('\n').find((one) => one.includes(fill(lacks))) ?? fill(lacks);
  return { reason: 'present', output, seen: { en: there, ko: there } };
}

function valueDeviation(want: Want, output: Output, fill: Fill): Deviation | undefined {
  if (want.at === undefined && want.find === undefined) return undefined;
  const found = valuesOf(want, output.stdout, fill);
  if ('why' in found) return { reason: 'missing', output, seen: found.why };
  const fits = (value: string): boolean => {
    if (want.inside !== undefined) return isInside(value, fill(want.inside));
    return want.is === undefined || value === (typeof want.is === 'string' ? fill(want.is) : String(want.is));
  };
  const other = found.values.find((value) => !fits(value));
  if (other === undefined) return undefined;
  const seen = `${where(want)} = ${other}`;
  return { reason: 'differs', output, seen: { en: seen, ko: seen } };
}

/** Of the values of all outputs together. */
function unlike(want: Want, asked: readonly Asked[]): Deviation | undefined {
  if (want.alike === undefined) return undefined;
  const all = asked.flatMap(({ output, fill }) => {
    const found = valuesOf(want, output.stdout, fill);
    return 'why' in found ? [] : found.values.map((value) => ({ output, value }));
  });
  const other = all.find(({ value }, i) => {
    const before = all.slice(0, i).some((one) => one.value === value);
    return want.alike ? i > 0 && !before : before;
  });
  if (other === undefined) return undefined;
  const { output, value } = other;
  const list = [...new Set(all.map((one) => one.value))].join(', ');
  const seen = want.alike
    ? { en: `${where(want)} = ${value}, among ${list}`, ko: `${where(want)} = ${value}, 나온 값은 ${list}` }
    : { en: `${where(want)} = ${value}, once more`, ko: `${where(want)} = ${value}, 또 나옴` };
  return { reason: 'differs', output, seen };
}

/** What was printed, as far as the want is about it: the line, or the values. */
function shownOf(want: Want, outputs: readonly Output[], { scene }: LabEvidence): Text {
  const asked = askedOf(want, outputs, scene);
  if (want.lacks !== undefined) {
    const { en, ko } = { en: plural(asked.length, 'output'), ko: `출력 ${asked.length}개` };
    return { en: `not in ${en}`, ko: `${ko}에 없음` };
  }
  const found = asked.flatMap(({ output, fill }): readonly string[] => {
    const line = (test: (one: string) => boolean): readonly string[] => output.stdout.split('\n').filter(test).slice(0, 1);
    if (want.has !== undefined) return line((one) => one.includes(fill(want.has ?? '')));
    if (want.matches !== undefined) return line((one) => regularExpression(want.matches ?? '', 'm')?.test(one) ?? false);
    const values = valuesOf(want, output.stdout, fill);
    return 'why' in values ? [] : values.values;
  });
  const all = [...new Set(found.map((one) => one.trim()))];
  const more = all.length - shownAtMost;
  const list = all.slice(0, shownAtMost).join(', ');
  return more > 0 ? { en: `${list} and ${more} more`, ko: `${list} 외 ${more}개` } : { en: list, ko: list };
}

const shownAtMost = 8;

function distinct(texts: readonly Text[]): readonly Text[] {
  return texts.filter(({ en }, i) => texts.findIndex((other) => other.en === en) === i);
}

function wordsOf(want: Want, fill: Fill): Text {
  const at = want.on === undefined ? '' : `${want.on}: `;
  const { has, lacks, matches, is, inside, alike } = want;
  if (has !== undefined) return { en: `${at}'${fill(has)}' is there`, ko: `${at}'${fill(has)}'이(가) 있음` };
  if (lacks !== undefined) return { en: `${at}'${fill(lacks)}' is not there`, ko: `${at}'${fill(lacks)}'이(가) 없음` };
  if (matches !== undefined) return { en: `${at}it matches /${matches}/`, ko: `${at}/${matches}/과(와) 일치` };
  const values = `${at}${where(want)}`;
  if (inside !== undefined) return { en: `${values} inside ${fill(inside)}`, ko: `${values}: ${fill(inside)} 안` };
  if (alike !== undefined) {
    return alike
      ? { en: `${values} the same everywhere`, ko: `${values}: 어디서나 같음` }
      : { en: `${values} never twice`, ko: `${values}: 겹치지 않음` };
  }
  const text = `${values} = ${typeof is === 'string' ? fill(is) : String(is)}`;
  return { en: text, ko: text };
}

function where({ at, find }: Want): string {
  return find === undefined ? (at ?? []).join('.') : `/${find}/`;
}

function isDeviation(found: Deviation | undefined): found is Deviation {
  return found !== undefined;
}
