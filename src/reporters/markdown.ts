import type { Reporter } from '../core/events.js';
import type { Language } from '../core/text.js';
import { type Case, casesOf, type LabCases } from './ci/cases.js';
import { fitted } from './ci/fitted.js';
import { type CiWords, ciWords } from './ci/words.js';
import type { ReporterOptions } from './options.js';
import { RunRecords, totalsOf } from './run-records.js';
import { oneLine, visible } from './visible.js';
import { written } from './written.js';

/** GitHub takes no job summary of more than 1 MiB from a step (docs.github.com, "Adding a job summary"): a step that wrote more fails to show any. */
export const summaryLimit = 1024 * 1024;
/** Characters in a cell, and in a block; the JSON report has all of them. */
const [cellLength, blockLength] = [300, 4000];

/**
 * A page of Markdown on stdout when all is over, for GitHub's job summary and its like: how each lab went, what went wrong, then every claim. It is
 * never longer than `maxBytes`, 1 MiB unless said, and says where it was cut.
 */
export function createMarkdownReporter(options: Pick<ReporterOptions, 'stdout' | 'language' | 'fileName' | 'maxBytes'>): Reporter {
  const { stdout, language, fileName = (file) => file, maxBytes = summaryLimit } = options;
  const records = new RunRecords();
  return {
    on: (event) => {
      records.add(event);
    },
    end: () => {
      const words = ciWords[language];
      const labs = casesOf(records, (text) => text[language], words);
      const parts = [
        ...overview(labs, words, (lab) => lab.title?.[language]),
        ...faults(labs, words, fileName),
        ...leftOut(records, words, language),
        ...everything(labs, words),
      ];
      return written(
        stdout,
        fitted(parts, maxBytes, (left) => `\n*${words.cut(left)}*\n`),
      );
    },
  };
}

function overview(labs: readonly LabCases[], words: CiWords, title: (lab: LabCases) => string | undefined): readonly string[] {
  const ran = labs.filter(({ run }) => run !== undefined);
  const good = ran.filter(({ run }) => run?.ended?.exitCode === 0).length;
  const head = `# ${words.headline(good, ran.length)}\n\n${row(words.columns)}${row(words.columns.map((_, i) => (i < 3 ? '---' : '--:')))}`;
  return [
    head,
    ...labs.map((lab) => {
      const { run, cases } = lab;
      const count = (outcome: Case['outcome']): number =>
        cases.filter((each) => each.outcome === outcome && each.group !== 'sabotage').length;
      const named = title(lab);
      const [passed, broken] =
        run === undefined ? [0, 0] : [run.breaks.filter(({ outcome }) => outcome.status === 'proven').length, run.breaks.length];
      return row([
        sign(worst(cases), words),
        named === undefined ? escaped(lab.lab) : `${escaped(lab.lab)}<br>${escaped(named)}`,
        escaped(lab.cluster),
        String(run === undefined ? count('pass') : totalsOf(run).pass),
        ...(['failure', 'error', 'skipped'] as const).map((outcome) => String(count(outcome))),
        broken === 0 ? '' : words.breaks(passed, broken),
        run === undefined ? '' : (run.lastAt / 1000).toFixed(1),
      ]);
    }),
  ];
}

/** A section for each case that is not a pass, under the name of its lab. */
function faults(labs: readonly LabCases[], words: CiWords, fileName: (file: string) => string): readonly string[] {
  return labs.flatMap((lab) => {
    const found = lab.cases.filter(({ outcome, type }) => outcome !== 'pass' && type !== 'left-out');
    const wrong = [...found.filter(({ outcome }) => outcome !== 'skipped'), ...found.filter(({ outcome }) => outcome === 'skipped')];
    if (wrong.length === 0) return [];
    const heading = `\n## ${escaped(lab.cluster === '' ? lab.lab : words.on(lab.lab, lab.cluster))}\n`;
    const folder = lab.run?.ended?.folder ?? lab.run?.started?.folder ?? '';
    return wrong.map((each, i) => `${i === 0 ? heading : ''}${fault(each, words, folder, fileName)}`);
  });
}

function fault(each: Case, words: CiWords, folder: string, fileName: (file: string) => string): string {
  const { outcome, name, message, facts, source, evidence } = each;
  const place = source === undefined ? '' : ` (${escaped(`${fileName(source.file)}:${source.line}`)})`;
  if (outcome === 'skipped') return `\n- ${words.outcome.skipped}: ${escaped(name)}${place}: ${escaped(message)}\n`;
  const block = [message, ...facts.map(([label, text]) => `${label}: ${text}`)].join('\n');
  const files = evidence.length === 0 ? [] : [`${words.evidence}: ${escaped(evidence.join(', '))}`];
  const where = folder === '' ? [] : [`${words.folder}: ${escaped(folder)}`];
  const below = [...files, ...where].join('<br>');
  return `\n### ${sign(outcome, words)}: ${escaped(name)}\n\n${place === '' ? '' : `${place.trim()}\n\n`}${fenced(block)}${below === '' ? '' : `\n${below}\n`}`;
}

function leftOut(records: RunRecords, words: CiWords, language: Language): readonly string[] {
  return records.leftOut.map(
    ({ cluster, labs, why }) => `\n## ${escaped(words.leftOut(cluster))}\n\n${escaped(why[language])}: ${escaped(labs.join(', '))}\n`,
  );
}

/** Every claim of a lab, folded away: one part a lab. */
function everything(labs: readonly LabCases[], words: CiWords): readonly string[] {
  return labs
    .filter(({ run }) => run !== undefined)
    .map(({ lab, cluster, cases }) => {
      const rows = cases.map((each) => row([sign(each.outcome, words), escaped(each.group), escaped(each.name)]));
      const label = `${escaped(cluster === '' ? lab : words.on(lab, cluster))}: ${words.everyClaim(cases.length)}`;
      const head = `${row(words.caseColumns)}${row(words.caseColumns.map(() => '---'))}`;
      return `\n<details><summary>${label}</summary>\n\n${head}${rows.join('')}\n</details>\n`;
    });
}

function worst(cases: readonly Case[]): Case['outcome'] {
  const order = ['failure', 'error', 'skipped'] as const;
  return (
    order.find((outcome) =>
      cases.some((each) => each.outcome === outcome && !(outcome === 'skipped' && each.optional === true && cases.length > 1)),
    ) ?? 'pass'
  );
}

function sign(outcome: Case['outcome'], words: CiWords): string {
  const signs = { pass: '✔', failure: '✘', error: '✘', skipped: '–' };
  return `${signs[outcome]} ${words.outcome[outcome]}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

/** So that nothing that a lab or a pod says is markup, a link or a mention: as character references, which mean the same in a cell, a line and HTML. */
function escaped(text: string): string {
  const line = oneLine(text);
  const short = line.length > cellLength ? `${line.slice(0, cellLength)}…` : line;
  return short
    .replace(/[&<>\\`*_[\]#@$~|]|:(?=\/\/)|(?<=mailto|xmpp):/gi, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/www\./gi, (word) => `${word.slice(0, 3)}&#46;`);
}

/** As a block of code, whose fence is longer than any run of backticks in it. */
function fenced(text: string): string {
  const shown = visible(text);
  const short = shown.length > blockLength ? `${shown.slice(0, blockLength)}…` : shown;
  const longest = Math.max(2, ...[...short.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${short}\n${fence}\n`;
}
