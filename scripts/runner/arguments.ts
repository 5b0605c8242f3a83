import { UsageError } from '../../src/core/errors.js';
import { readOptions } from '../read-options.js';

export const jobs = ['prepare', 'check', 'clean'] as const;

export interface RunnerArguments {
  readonly job: (typeof jobs)[number] | undefined;
  /** Where run folders go. */
  readonly runs: string;
  /** GiB that must be free. */
  readonly minFree: number;
  /** What must be able to run here. */
  readonly cluster: string;
  readonly help: boolean;
}

export const usage = `npm run runner -- prepare|check|clean [options]

  prepare           before a job: clean, then check
  check             says what this machine has and lacks for a job, and what another has left; changes nothing
  clean             after a job: ends what svclab left running, removes what it left behind, and its run folders

  --runs FOLDER     where run folders go; runs unless said
  --min-free GIB    how much must be free on the disks in use; 5 unless said
  --cluster KIND    what must be able to run here: netns unless said, kind, or all
  --help            this text

It exits with 0 where a job can begin, 3 where something is lacking or left, 4 where something could not be cleaned.
`;

/** @throws UsageError */
export function readArguments(argv: readonly string[]): RunnerArguments {
  const { values, positionals } = readOptions(argv, options, usage);
  const [word, ...more] = positionals;
  const job = jobs.find((one) => one === word);
  const help = values.help ?? false;
  if (!help && (job === undefined || more.length > 0))
    throw new UsageError(`one of ${jobs.join(', ')}, not '${positionals.join(' ')}'`, { hint: usage });
  const cluster = values.cluster ?? 'netns';
  if (!['netns', 'kind', 'all'].includes(cluster))
    throw new UsageError(`there is no cluster '${cluster}': netns, kind, all`, { hint: usage });
  const minFree = Number(values['min-free'] ?? '5');
  if (!/^\d+(\.\d+)?$/.test(values['min-free'] ?? '5'))
    throw new UsageError(`--min-free takes a number of GiB, not '${values['min-free']}'`);
  return { job, runs: values.runs ?? 'runs', minFree, cluster, help };
}

const options = {
  runs: { type: 'string' },
  'min-free': { type: 'string' },
  cluster: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
