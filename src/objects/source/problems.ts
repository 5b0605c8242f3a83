import type { z } from 'zod';
import { InputError, type Problem } from '../../core/errors.js';
import type { SourceDocument } from './documents.js';
import { read } from './issues.js';
import type { At, Part, Path } from './locate.js';
import type { Fault } from './source-text.js';

/** Gathers the problems of one document, so that all of them are told at once. */
export class ProblemList {
  readonly document: SourceDocument;
  readonly #problems: Problem[] = [];

  constructor(document: SourceDocument) {
    this.document = document;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  add(path: Path, fault: Fault, at?: At, part?: Part): void {
    this.#problems.push(this.document.problem(path, fault, at, part));
  }

  /** The parsed value, or undefined and its problems noted. */
  read<T>(schema: z.ZodType<T>, value: unknown, path: Path): T | undefined {
    const result = read(this.document, schema, value, path);
    if (result.ok) return result.value;
    this.#problems.push(...result.problems);
    return undefined;
  }
}

/** @throws InputError with every problem, file by file in the given order, each file's in the order of its lines. */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const files = [...new Set(problems.map((p) => p.file))];
  throw new InputError(
    [...problems].sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column),
  );
}
