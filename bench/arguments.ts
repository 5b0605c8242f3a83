import { readOptions } from '../scripts/read-options.js';
import { UsageError } from '../src/core/errors.js';

export interface BenchArguments {
  /** Names of benchmarks; all of them when empty. */
  readonly names: readonly string[];
  readonly runs: number | undefined;
  /** Where the raw figures go. */
  readonly out: string | undefined;
  readonly json: boolean;
  readonly markdown: boolean;
  /** The benchmarks of a real cluster too. */
  readonly kind: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench [-- NAME... options]

  --runs N     how many rounds to take, in place of each benchmark's own number
  --kind       the benchmarks of a real cluster too: with a Docker engine, kind and kubectl, some minutes a round
  --out FOLDER where the raw figures go; runs/bench unless said
  --json       the figures as JSON on standard output, in place of the table
  --markdown   write the tables to bench/RESULTS.md as well; those of other benchmarks stay there
  --list       name the benchmarks
  --help       this text
`;

/** @throws UsageError */
export function readArguments(argv: readonly string[]): BenchArguments {
  const { values, positionals } = readOptions(argv, options, usage);
  return {
    names: positionals,
    runs: values.runs === undefined ? undefined : wholeNumber(values.runs),
    out: values.out,
    json: values.json ?? false,
    markdown: values.markdown ?? false,
    kind: values.kind ?? false,
    list: values.list ?? false,
    help: values.help ?? false,
  };
}

const options = {
  runs: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
  markdown: { type: 'boolean' },
  kind: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1000) throw new UsageError(`--runs takes a whole number from 1 to 1000, not '${text}'`);
  return value;
}
