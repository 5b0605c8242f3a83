import type { Reporter } from '../core/events.js';
import { type Case, casesOf, type LabCases } from './ci/cases.js';
import { ciWords } from './ci/words.js';
import type { ReporterOptions } from './options.js';
import { RunRecords } from './run-records.js';
import { oneLine, visible } from './visible.js';
import { written } from './written.js';

type Element = ReturnType<typeof import('xmlbuilder2')['create']>;
type Attributes = Readonly<Record<string, string | number | undefined>>;

/**
 * JUnit XML on stdout when all is over, as github.com/testmoapp/junitxml describes what CI systems read: a suite for each lab on each kind of cluster, a
 * test case for each claim and each break. A claim that does not hold is a `failure`; inconclusive evidence, and a run that stopped early, an `error`.
 * Times are seconds.
 */
export function createJunitReporter(options: Pick<ReporterOptions, 'stdout' | 'language' | 'fileName'>): Reporter {
  const { stdout, language, fileName = (file) => file } = options;
  const records = new RunRecords();
  return {
    on: (event) => {
      records.add(event);
    },
    end: async () => {
      const labs = casesOf(records, (text) => text[language], ciWords[language]);
      await written(stdout, await document(labs, fileName));
    },
  };
}

/** Loaded when there is something to write: it costs more than the rest of svclab's start. */
async function document(labs: readonly LabCases[], fileName: (file: string) => string): Promise<string> {
  const { create } = await import('xmlbuilder2');
  const root = create({ version: '1.0', encoding: 'UTF-8' });
  const ms = labs.reduce((sum, { run }) => sum + (run?.lastAt ?? 0), 0);
  const suites = element(root, 'testsuites', { name: 'svclab', ...counts(labs.flatMap(({ cases }) => cases)), time: seconds(ms) });
  for (const lab of labs) suite(suites, lab, fileName);
  return `${root.end({ prettyPrint: true })}\n`;
}

function suite(parent: Element, { lab, cluster, run, cases }: LabCases, fileName: (file: string) => string): void {
  const started = run?.started;
  const folder = run?.ended?.folder ?? started?.folder ?? '';
  const name = [lab, cluster].filter((word) => word !== '').join(' on ');
  const self = element(parent, 'testsuite', {
    name,
    ...counts(cases),
    time: seconds(run?.lastAt ?? 0),
    timestamp: started?.startedAt,
    file: filesOf(cases, fileName)[0],
  });
  const properties = { lab, cluster, requests: started?.requests, folder, sabotage: started?.sabotage === true ? 'yes' : undefined };
  addProperties(self, Object.entries(properties));
  for (const each of cases) testCase(self, each, { className: [cluster, lab, each.group], folder, fileName });
}

function testCase(
  parent: Element,
  { name, outcome, type, message, facts, source, evidence }: Case,
  { className, folder, fileName }: { className: readonly string[]; folder: string; fileName: (file: string) => string },
): void {
  const self = element(parent, 'testcase', {
    name,
    classname: className.filter((word) => word !== '').join('.'),
    ...(source === undefined ? {} : { file: fileName(source.file), line: source.line }),
  });
  addProperties(
    self,
    evidence.map((path) => ['attachment', `${folder}/${path}`]),
  );
  if (outcome === 'pass') return;
  if (outcome === 'skipped') {
    element(self, 'skipped', { message });
    return;
  }
  const at = source === undefined ? [] : [`${fileName(source.file)}:${source.line}:${source.column}`];
  const text = [message, ...facts.map(([label, fact]) => `${label}: ${fact}`), ...at].join('\n');
  element(self, outcome, { message, type }).txt(clean(text));
}

function addProperties(parent: Element, entries: readonly (readonly [string, string | number | undefined])[]): void {
  const said = entries.filter(([, value]) => value !== undefined && value !== '');
  if (said.length === 0) return;
  const self = parent.ele('properties');
  for (const [name, value] of said) element(self, 'property', { name, value });
}

function counts(cases: readonly Case[]): Attributes {
  const count = (outcome: Case['outcome']): number => cases.filter((each) => each.outcome === outcome).length;
  return { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') };
}

function filesOf(cases: readonly Case[], fileName: (file: string) => string): readonly string[] {
  return cases.flatMap(({ source }) => (source === undefined ? [] : [fileName(source.file)]));
}

function element(parent: Element, name: string, attributes: Attributes): Element {
  const self = parent.ele(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) self.att(key, clean(oneLine(String(value))));
  }
  return self;
}

/**
 * XML 1.0 has no place for two of these characters (section 2.2, Char), however they are written. An ampersand is written out here, since xmlbuilder2
 * leaves one alone that looks like the start of a reference: `&lt;` would come back as another text, and `&A;` is not well-formed.
 */
function clean(text: string): string {
  return visible(text)
    .replace(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll('&', '&amp;');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
