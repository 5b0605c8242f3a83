import type { Reporter } from '../core/events.js';
import { type Case, casesOf, type LabCases } from './ci/cases.js';
import { type CiWords, ciWords } from './ci/words.js';
import type { ReporterOptions } from './options.js';
import { RunRecords } from './run-records.js';
import { oneLine, visible } from './visible.js';
import { written } from './written.js';

/** GitHub shows so many annotations of a type for each step, and no more (docs.github.com, "Usage limits": annotations). */
const most = 10;
/** Characters of one message; what is longer says little more there. */
const longest = 4000;

/**
 * Annotations on stdout when all is over, as GitHub's workflow commands (docs.github.com, "Workflow commands"): an error for each claim that does not
 * hold, is inconclusive, or was not judged since a run stopped, a warning for each that was skipped, at its line of the lab file, and a notice of labs that
 * were left out. Where there are more than GitHub shows, the last one sums up the rest. The job summary is the markdown reporter's.
 */
export function createGithubReporter(options: Pick<ReporterOptions, 'stdout' | 'language' | 'fileName'>): Reporter {
  const { stdout, language, fileName = (file) => file } = options;
  const records = new RunRecords();
  return {
    on: (event) => {
      records.add(event);
    },
    end: () => {
      const words = ciWords[language];
      const labs = casesOf(records, (text) => text[language], words);
      const errors = found(labs, ({ outcome }) => outcome === 'failure' || outcome === 'error');
      const warnings = found(labs, ({ outcome, optional }) => outcome === 'skipped' && optional !== true);
      const lines = [
        ...commands('error', errors, words, fileName),
        ...commands('warning', warnings, words, fileName),
        ...records.leftOut.slice(0, most).map(({ cluster, labs: left, why }) => {
          const title = words.leftOut(cluster);
          return commandLine('notice', { title }, [why[language], left.join(', ')].map(visible).join('\n'));
        }),
      ];
      return written(stdout, lines.map((line) => `${line}\n`).join(''));
    },
  };
}

interface Found {
  readonly lab: LabCases;
  readonly what: Case;
}

function found(labs: readonly LabCases[], wanted: (each: Case) => boolean): readonly Found[] {
  return labs.flatMap((lab) => lab.cases.filter(wanted).map((what) => ({ lab, what })));
}

function commands(
  command: 'error' | 'warning',
  all: readonly Found[],
  words: CiWords,
  fileName: (file: string) => string,
): readonly string[] {
  const shown = all.length > most ? all.slice(0, most - 1) : all;
  const rest = all.slice(shown.length);
  const lines = shown.map(({ lab, what }) => {
    const { source } = what;
    const place = source === undefined ? {} : { file: fileName(source.file), line: source.line, col: source.column };
    const text = [what.name, what.message, ...what.facts.map(([label, fact]) => `${label}: ${fact}`)].map(visible).join('\n');
    return commandLine(command, { ...place, title: titleOf(lab, what, words) }, text);
  });
  if (rest.length > 0) {
    const names = rest.map(({ lab, what }) => titleOf(lab, what, words)).join('; ');
    lines.push(commandLine(command, { title: 'svclab' }, words.more(rest.length, names)));
  }
  return lines;
}

function titleOf({ lab, cluster }: LabCases, { id, type }: Case, words: CiWords): string {
  const where = cluster === '' ? lab : words.on(lab, cluster);
  return oneLine(`${where}: ${id} (${type})`);
}

/** The escapes are those of github.com/actions/toolkit, packages/core/src/command.ts. */
function commandLine(command: string, properties: Readonly<Record<string, string | number>>, message: string): string {
  const list = Object.entries(properties).map(
    ([key, value]) =>
      `${key}=${escaped(oneLine(String(value)))
        .replaceAll(':', '%3A')
        .replaceAll(',', '%2C')}`,
  );
  return `::${command} ${list.join(',')}::${escaped(cut(message))}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
