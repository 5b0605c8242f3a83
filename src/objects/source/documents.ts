import { Composer, type CST, type Document, isNode, type ParsedNode, Parser, type YAMLError } from 'yaml';
import type { ManifestSource } from '../../core/cluster.js';
import type { Problem } from '../../core/errors.js';
import type { SourceRef } from '../../core/events.js';
import { type At, locate, type Part, type Path } from './locate.js';
import { type Dialect, plainValue } from './plain-value.js';
import { type Fault, type SourceText, sourceText, unreadable } from './source-text.js';

/** One document of a YAML or JSON file, as plain data that knows its places. */
export interface SourceDocument {
  readonly file: string;
  readonly value: unknown;
  /** A problem at the value of a path, or at its key; at the nearest parent where the path does not exist. */
  problem(path: Path, fault: Fault, at?: At, part?: Part): Problem;
  where(path: Path): SourceRef;
}

export interface SourceFile {
  readonly documents: readonly SourceDocument[];
  readonly problems: readonly Problem[];
}

/** Nobody writes this deep by hand; what goes deeper is made to exhaust the stack. */
const maxDepth = 100;
const maxSyntaxErrors = 10;

/**
 * Parses every document of a file and never throws for what is in it. Documents with a syntax error are left out of `documents`;
 * those with a repeated key are kept, with the first value, so that the rest of their problems can be found too.
 */
export function readDocuments(input: ManifestSource, dialect: Dialect = 'svclab'): SourceFile {
  return input.value === undefined ? parsedDocuments(input, dialect) : { documents: [known(input, dialect)], problems: [] };
}

/** A document whose value is known already. */
function known(input: ManifestSource, dialect: Dialect): SourceDocument {
  const { value, ...written } = input;
  const document = (): SourceDocument => {
    const [first] = parsedDocuments(written, dialect).documents;
    if (first === undefined) throw new Error(`${input.file} does not say what it is said to say`);
    return first;
  };
  return { file: input.file, value, problem: (...args) => document().problem(...args), where: (path) => document().where(path) };
}

function parsedDocuments(input: ManifestSource, dialect: Dialect): SourceFile {
  const source = sourceText(input);
  const binary = unreadable(source);
  if (binary !== undefined) return { documents: [], problems: [binary] };
  const tokens = [...new Parser().parse(source.text)];
  const deep = deeperThan(tokens, maxDepth);
  if (deep !== undefined) {
    const fault = { message: `more than ${maxDepth} levels of nesting`, hint: 'no lab, manifest or cluster file needs so many' };
    return { documents: [], problems: [source.problem(deep, deep + 1, fault)] };
  }
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, version: '1.2' });
  const documents: SourceDocument[] = [];
  const problems: Problem[] = [];
  for (const parsed of composer.compose(tokens, false, source.text.length)) {
    const faults = syntaxProblems(source, [...parsed.errors, ...parsed.warnings]);
    if (faults.length > 0) {
      problems.push(...faults);
      continue;
    }
    const contents = contentsOf(parsed);
    // A document that is empty, or holds comments alone, says nothing.
    if (contents === null) continue;
    const plain = plainValue(source, contents, dialect);
    problems.push(...plain.problems);
    if (plain.usable) documents.push(positioned(source, contents, plain.value));
  }
  if (documents.length === 0 && problems.length === 0) {
    problems.push(
      source.problem(0, 1, { message: source.text.trim() === '' ? 'the file is empty' : 'the file holds nothing but comments' }),
    );
  }
  return { documents, problems };
}

function positioned(source: SourceText, contents: ParsedNode, value: unknown): SourceDocument {
  function problem(path: Path, fault: Fault, at: At = 'value', part?: Part): Problem {
    const [start, end] = locate(source.text, contents, path, at, part);
    return source.problem(start, end, fault);
  }
  return {
    file: source.file,
    value,
    problem,
    where(path) {
      const { file, line, column } = problem(path, { message: '' }, 'key');
      return { file, line, column };
    },
  };
}

function contentsOf(parsed: Document.Parsed): ParsedNode | null {
  const { contents } = parsed;
  if (!isNode(contents)) return null;
  const empty = 'value' in contents && contents.value === null && contents.range[0] === contents.range[1];
  return empty ? null : contents;
}

function syntaxProblems(source: SourceText, errors: readonly YAMLError[]): Problem[] {
  const seen = new Set<number>();
  const problems: Problem[] = [];
  for (const { code, message, pos } of errors) {
    // Several errors at one place are one mistake.
    if (seen.has(pos[0]) || problems.length === maxSyntaxErrors) continue;
    seen.add(pos[0]);
    const hint = syntaxHints[code];
    problems.push(
      source.problem(pos[0], pos[1], { message: `not valid YAML: ${lowerFirst(message)}`, ...(hint === undefined ? {} : { hint }) }),
    );
  }
  return problems;
}

const syntaxHints: Partial<Record<YAMLError['code'], string>> = {
  BAD_DIRECTIVE: 'leave the %YAML line out: files are read as YAML 1.2',
  BAD_INDENT: 'compare the indentation with the lines above',
  BAD_SCALAR_START: 'quote the value',
  BAD_DQ_ESCAPE: 'use single quotes, where a backslash stands for itself',
  BLOCK_AS_IMPLICIT_KEY: "quote a value that holds ': '",
  MISSING_CHAR: 'look for a missing quote, colon, comma or bracket here or above',
  MULTILINE_IMPLICIT_KEY: "look for a missing ':' or a value that should be quoted",
  TAB_AS_INDENT: 'indent with spaces',
  TAG_RESOLVE_FAILED: 'tags are not read here: leave it out',
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The offset of the first collection below more than `limit` others. Goes over the tokens without recursion. */
function deeperThan(tokens: readonly CST.Token[], limit: number): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const { token, depth } = top;
    if (token.type === 'document') {
      if (token.value !== undefined) open.push({ token: token.value, depth });
    } else if (token.type === 'block-map' || token.type === 'block-seq' || token.type === 'flow-collection') {
      if (depth >= limit) return token.offset;
      for (const item of token.items) {
        if (item.key) open.push({ token: item.key, depth: depth + 1 });
        if (item.value) open.push({ token: item.value, depth: depth + 1 });
      }
    }
  }
  return undefined;
}
