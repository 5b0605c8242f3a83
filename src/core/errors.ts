import type { Text } from './text.js';

/**
 * Exit codes, in the order in which the first that applies is used
 * (128 + signal number for an interrupted run, as shells do).
 */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  unmet: 3,
  environment: 4,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** One fault in an input file. Lines and columns count from 1, as editors show them. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many characters the caret line underlines; at least 1. */
  readonly length: number;
  readonly message: string;
  readonly expected?: string;
  readonly hint?: string;
  /** The source line that the caret points into; empty where there is none. */
  readonly source: string;
}

/** An error that a user can act on: it is shown as its message and hint, never as a stack trace. */
export abstract class SvclabError extends Error {
  abstract readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint;
  }
}

/** Wrong arguments, an unknown name, an option that makes no sense. */
export class UsageError extends SvclabError {
  readonly exitCode = exitCodes.usage;
}

/** An input file (lab, manifest, cluster config) is wrong; it carries every problem found, not only the first. */
export class InputError extends SvclabError {
  readonly exitCode = exitCodes.usage;
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((p) => `${p.file}:${p.line}:${p.column}: ${p.message}`).join('\n'));
    this.problems = problems;
  }
}

/** The machine lacks something that the run needs: a tool, a kernel module, a permission. */
export class UnmetError extends SvclabError {
  readonly exitCode = exitCodes.unmet;
}

/** The environment broke while svclab used it: a command died, a disk filled up, a cluster went away. */
export class EnvironmentError extends SvclabError {
  readonly exitCode = exitCodes.environment;
}

/** The user, or the system, asked the run to stop. */
export class InterruptedError extends SvclabError {
  readonly exitCode: typeof exitCodes.interrupted | typeof exitCodes.terminated;

  constructor(signalName: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${signalName}`);
    this.exitCode = signalName === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
  }
}

/** A warning is worth a line, once, and changes nothing. */
export interface Warning {
  readonly code: string;
  readonly text: Text;
}
