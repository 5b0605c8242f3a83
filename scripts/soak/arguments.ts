import { UsageError } from '../../src/core/errors.js';
import { readOptions } from '../read-options.js';

export interface SoakArguments {
  readonly lab: string;
  readonly runs: number;
  readonly cluster: 'netns' | 'kind';
  readonly requests: number | undefined;
  /** Where the folders of runs go; undefined for a new one in runs/soak. */
  readonly out: string | undefined;
  readonly help: boolean;
}

export const usage = `npm run soak [-- LAB options]

  LAB               the lab to run again and again; clusterip unless said
  --runs N          how many times; 20 unless said
  --cluster KIND    netns, the embedded cluster, unless said, or kind: all runs on one cluster that is kept until the end
  --requests N      as of svclab run
  --out FOLDER      where the folders of runs go; runs/soak/TIME unless said. Those of runs that were not green stay
  --help            this text
`;

/** @throws UsageError */
export function readArguments(argv: readonly string[]): SoakArguments {
  const { values, positionals } = readOptions(argv, options, usage);
  const [lab = 'clusterip', ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one lab at a time, not '${positionals.join(' ')}'`, { hint: usage });
  const cluster = values.cluster ?? 'netns';
  if (cluster !== 'netns' && cluster !== 'kind') throw new UsageError(`there is no cluster '${cluster}': netns, kind`, { hint: usage });
  return {
    lab,
    runs: wholeNumber('--runs', values.runs) ?? 20,
    cluster,
    requests: wholeNumber('--requests', values.requests),
    out: values.out,
    help: values.help ?? false,
  };
}

const options = {
  runs: { type: 'string' },
  cluster: { type: 'string' },
  requests: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 100_000) throw new UsageError(`${option} takes a whole number from 1 on, not '${text}'`);
  return value;
}
