import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout: four folders above this file once it is built. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** Of the fence, from 1. */
  readonly line: number;
}

export interface Heading {
  readonly level: number;
  readonly text: string;
}

/** A table's cells, row by row, the head first and the line below it left out. */
export type Table = readonly (readonly string[])[];

export interface Markdown {
  /** Relative to the checkout. */
  readonly file: string;
  readonly headings: readonly Heading[];
  readonly blocks: readonly CodeBlock[];
  readonly tables: readonly Table[];
  /** What stands outside code blocks. */
  readonly prose: string;
}

/** Every document of the project, the READMEs first. */
export function documents(): readonly Markdown[] {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'README.ko.md', ...docs.sort().map((name) => `docs/${name}`)].map(document);
}

export function document(file: string): Markdown {
  return parseMarkdown(file, readFileSync(join(root, file), 'utf8'));
}

/** The parts of Markdown that the project's documents use: fenced code blocks at the margin, `#` headings, tables with outer bars. */
export function parseMarkdown(file: string, text: string): Markdown {
  const headings: Heading[] = [];
  const blocks: CodeBlock[] = [];
  const tables: string[][][] = [];
  const prose: string[] = [];
  let fence: { readonly language: string; readonly line: number; readonly lines: string[] } | undefined;
  let table: string[][] | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    const mark = /^```(\w*)$/.exec(line);
    if (fence !== undefined) {
      if (mark === null) fence.lines.push(line);
      else {
        blocks.push({ language: fence.language, text: `${fence.lines.join('\n')}\n`, line: fence.line });
        fence = undefined;
      }
      continue;
    }
    if (mark !== null) {
      fence = { language: mark[1] ?? '', line: i + 1, lines: [] };
      continue;
    }
    prose.push(line);
    const heading = /^(#+) (.+)$/.exec(line);
    if (heading !== null) headings.push({ level: heading[1]?.length ?? 0, text: heading[2] ?? '' });
    if (!line.startsWith('|')) table = undefined;
    else if (table === undefined) {
      table = [cellsOf(line)];
      tables.push(table);
    } else if (!/^[|: -]+$/.test(line)) table.push(cellsOf(line));
  }
  if (fence !== undefined) throw new Error(`${file}:${fence.line}: the code block is not closed`);
  return { file, headings, blocks, tables, prose: prose.join('\n') };
}

/** The table whose head begins with this cell. */
export function tableOf({ file, tables }: Markdown, firstCell: string): Table {
  const found = tables.filter(([head]) => head?.[0] === firstCell);
  const [table] = found;
  if (table === undefined || found.length > 1) throw new Error(`${file} has ${found.length} tables with the head '${firstCell}'`);
  return table.slice(1);
}

/** The words in backticks, in their order. */
export function codeIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

/** A bar inside a cell is written `\|`. */
function cellsOf(line: string): string[] {
  return line
    .slice(1)
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}
