import type { ClusterProvider } from '../../core/cluster.js';
import type { ExitCode } from '../../core/errors.js';
import type { Registry } from '../../core/registry.js';
import type { Lab } from '../../schema/lab.js';
import { loadLab } from '../../schema/load-lab.js';
import type { CommandContext } from '../context.js';
import { findLab, knownLabs } from '../find-lab.js';
import { type ProviderEntry, providersFor } from '../providers.js';
import { labRegistries } from '../registries.js';
import type { WantedReport } from '../report-files.js';
import { endReports, reporterFor } from '../reporter-for.js';
import { checkLabs, type RunLabsOptions, runLabs, runsOn, worst } from '../run-labs.js';

export interface RunCommandOptions extends RunLabsOptions {
  readonly cluster: string;
  readonly reporter: string;
  readonly json?: boolean;
  readonly report?: readonly WantedReport[];
}

/** Every lab is read and checked before the first is run. The exit code is that of the worst run. */
export async function run(
  context: CommandContext,
  names: readonly string[],
  options: RunCommandOptions,
  providers: Registry<ProviderEntry> = providersFor(context),
): Promise<ExitCode> {
  const entry = providers.get(options.cluster);
  const provider = await entry.load();
  const labs = labsOf(context, names, provider);
  const reporter = await reporterFor(context, options);
  const codes: ExitCode[] = [];
  try {
    codes.push(...(await runLabs(context, labs, entry, options, (event) => reporter.on(event))));
  } finally {
    codes.push(await endReports(context, reporter));
  }
  return worst(codes);
}

/** @param names of labs; `all` stands for every lab that comes with svclab and runs on this kind of cluster. */
function labsOf(context: CommandContext, names: readonly string[], provider: ClusterProvider): readonly Lab[] {
  const labs = names.flatMap((name) => {
    const named = (name === 'all' ? knownLabs() : [name]).map((one) => loadLab(findLab(one, context.cwd), labRegistries));
    return name === 'all' ? named.filter((lab) => runsOn(lab, provider.kind)) : named;
  });
  checkLabs(labs, provider);
  return labs;
}
