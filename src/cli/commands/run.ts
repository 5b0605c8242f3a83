import type { ClusterProvider } from '../../core/cluster.js';
import { type ExitCode, exitCodes, SvclabError, UsageError } from '../../core/errors.js';
import type { Registry } from '../../core/registry.js';
import { runLab } from '../../runner/run-lab.js';
import { appliedManifests } from '../../schema/applied.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import type { Lab } from '../../schema/lab.js';
import { loadLab } from '../../schema/load-lab.js';
import { clusterWords } from '../cluster-words.js';
import type { CommandContext } from '../context.js';
import { findLab, knownLabs } from '../find-lab.js';
import { type ProviderEntry, providersFor } from '../providers.js';
import { labRegistries } from '../registries.js';
import { reporterFor } from '../reporter-for.js';
import { SharedCluster } from '../shared-cluster.js';
import { runnerTools } from '../tools.js';

export interface RunCommandOptions {
  readonly cluster: string;
  readonly requests?: number;
  readonly out: string;
  readonly reporter: string;
  readonly json?: boolean;
  readonly sabotage?: string;
  readonly keep?: boolean;
  readonly publish?: boolean;
  readonly fresh?: boolean;
  readonly allowSkip?: boolean;
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
  const [first] = labs;
  const shared =
    first !== undefined && labs.length > 1 && entry.reuses
      ? await SharedCluster.of(provider, loadKindConfig(first.cluster).name, options.keep ?? false, context.signal)
      : undefined;
  const reporter = reporterFor(context, options);
  const codes: ExitCode[] = [];
  try {
    for (const [i, lab] of labs.entries()) {
      if (context.signal.aborted) {
        codes.push(context.signal.reason instanceof SvclabError ? context.signal.reason.exitCode : exitCodes.interrupted);
        break;
      }
      codes.push(
        await runLab({
          lab,
          provider: shared?.provider ?? provider,
          tools: runnerTools,
          emit: (event) => reporter.on(event),
          out: options.out,
          requests: options.requests ?? lab.requests,
          sabotage: options.sabotage,
          keep: (options.keep ?? false) && shared === undefined,
          publish: options.publish ?? false,
          fresh: (options.fresh ?? false) && (shared === undefined || i === 0),
          allowSkip: options.allowSkip ?? false,
          signal: context.signal,
          now: new Date(),
        }),
      );
    }
  } finally {
    await reporter.end();
    const words = clusterWords[context.language];
    const ended = await shared?.end(context.signal, () => void context.stderr.write(`${words.ending}\n`));
    for (const what of ended ?? []) context.stderr.write(`${words.ended(`${what}, ${entry.kind}`)}\n`);
  }
  return worst(codes);
}

/** @param names of labs; `all` stands for every lab that comes with svclab and runs on this kind of cluster. */
function labsOf(context: CommandContext, names: readonly string[], provider: ClusterProvider): readonly Lab[] {
  const runs = (lab: Lab): boolean => lab.clusters.includes(provider.kind);
  const labs = names.flatMap((name) => {
    const named = (name === 'all' ? knownLabs() : [name]).map((one) => loadLab(findLab(one, context.cwd), labRegistries));
    return name === 'all' ? named.filter(runs) : named;
  });
  for (const lab of labs) {
    if (!runs(lab))
      throw new UsageError(`the lab '${lab.id}' does not run on ${provider.kind}`, { hint: `it runs on ${lab.clusters.join(', ')}` });
    provider.check(lab.cluster, lab.manifests);
    for (const manifest of appliedManifests(lab)) provider.check(lab.cluster, [manifest]);
  }
  return labs;
}

const order: readonly ExitCode[] = [
  exitCodes.interrupted,
  exitCodes.terminated,
  exitCodes.usage,
  exitCodes.unmet,
  exitCodes.failed,
  exitCodes.environment,
];

function worst(codes: readonly ExitCode[]): ExitCode {
  return order.find((code) => codes.includes(code)) ?? exitCodes.ok;
}
