import type { BenchmarkResult, BenchResults, FigureResult } from './results.js';
import type { Spread } from './statistics.js';

const columns = ['median', 'min', 'max', 'ratio', 'ratio, min to max'] as const;

/** One benchmark for a terminal. */
export function textReport(result: BenchmarkResult): string {
  const rows = tableRows(result);
  const header = [headline(result), ...columns];
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [
    `${result.name}: ${result.what}`,
    ...(rows.length === 0 ? [] : [`  ${line(header)}`, ...rows.map((row) => `  ${line(row)}`)]),
    ...remarks(result).map((remark) => `  ${remark}`),
    '',
  ].join('\n');
}

const preface = [
  '# Bench results',
  '',
  'Written by `npm run bench -- --markdown`. Contestants take turns; ratios are taken round by round. A benchmark that was not taken again keeps its figures.',
].join('\n');

/**
 * A bench as a Markdown file.
 * @param earlier the file as it was: its sections about other benchmarks stay.
 */
export function markdownReport(results: BenchResults, earlier = ''): string {
  const sections = new Map([
    ...sectionsOf(earlier),
    ...results.benchmarks.map((result) => [result.name, markdownSection(result, results)] as const),
  ]);
  return `${[preface, ...sections.values()].join('\n\n')}\n`;
}

function sectionsOf(markdown: string): readonly (readonly [name: string, section: string])[] {
  const [, ...sections] = markdown.split(/^(?=## )/m);
  return sections.map((section) => [/^## (.*)/.exec(section)?.[1] ?? '', section.trimEnd()]);
}

function markdownSection(result: BenchmarkResult, { startedAt, machine, warnings }: BenchResults): string {
  const rows = tableRows(result);
  const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const load = machine.loadAverage.map((value) => value.toFixed(2)).join(' ');
  return [
    `## ${result.name}`,
    '',
    `${capital(result.what)}.`,
    ...(rows.length === 0 ? [] : ['', row([headline(result), ...columns]), row(['---', ...columns.map(() => '---:')]), ...rows.map(row)]),
    ...(remarks(result).length === 0 ? [] : ['', ...remarks(result).map((remark) => `- ${remark}`)]),
    '',
    `${startedAt.slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), ${machine.memoryGB} GB, Linux ${machine.kernel}, Node ${machine.node};`,
    `load average ${load}, ${Math.round(machine.busy * 100)} % busy before the start.`,
    ...warnings.map((warning) => `\n**Warning:** ${warning}.`),
  ].join('\n');
}

function headline({ unit, figures }: BenchmarkResult): string {
  return `${unit}, ${figures[0]?.spread.n ?? 0} rounds`;
}

function tableRows({ figures }: BenchmarkResult): readonly (readonly string[])[] {
  return figures.map(({ name, spread, ratio }: FigureResult) => [
    name,
    number(spread.median),
    number(spread.min),
    number(spread.max),
    ratio === undefined ? '' : number(ratio.median),
    ratio === undefined || isYardstick(ratio) ? '' : `${number(ratio.min)} to ${number(ratio.max)}`,
  ]);
}

function isYardstick({ min, max }: Spread): boolean {
  return min === 1 && max === 1;
}

function remarks({ unit, targets, skipped, failure }: BenchmarkResult): readonly string[] {
  return [
    ...targets.map(({ target, says, status, value }) => {
      const seen = value === undefined ? '' : ` (${number(value)}${target.kind === 'ratio' ? '' : ` ${unit}`})`;
      return `${status === 'not measured' ? 'not measured' : `target ${status}`}: ${says}${seen}`;
    }),
    ...skipped.map(({ name, why }) => `skipped: ${name}: ${why}`),
    ...(failure === undefined ? [] : [`failed: ${failure}`]),
  ];
}

/** Three digits that count: 1234, 123, 12.3, 1.23, 0.123. */
function number(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
