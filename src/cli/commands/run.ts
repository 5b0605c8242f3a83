import { type ExitCode, exitCodes, SvclabError, UsageError } from '../../core/errors.js';
import { runLab } from '../../runner/run-lab.js';
import { appliedManifests } from '../../schema/applied.js';
import { loadLab } from '../../schema/load-lab.js';
import type { CommandContext } from '../context.js';
import { findLab } from '../find-lab.js';
import { providersFor } from '../providers.js';
import { labRegistries } from '../registries.js';
import { reporterFor } from '../reporter-for.js';
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
export async function run(context: CommandContext, names: readonly string[], options: RunCommandOptions): Promise<ExitCode> {
  const provider = await providersFor(context).get(options.cluster).load();
  const labs = names.map((name) => loadLab(findLab(name, context.cwd), labRegistries));
  for (const lab of labs) {
    if (!lab.clusters.includes(provider.kind))
      throw new UsageError(`the lab '${lab.id}' does not run on ${provider.kind}`, { hint: `it runs on ${lab.clusters.join(', ')}` });
  }
  for (const lab of labs) {
    provider.check(lab.cluster, lab.manifests);
    for (const manifest of appliedManifests(lab)) provider.check(lab.cluster, [manifest]);
  }
  const reporter = reporterFor(context, options);
  const codes: ExitCode[] = [];
  try {
    for (const lab of labs) {
      if (context.signal.aborted) {
        codes.push(context.signal.reason instanceof SvclabError ? context.signal.reason.exitCode : exitCodes.interrupted);
        break;
      }
      codes.push(
        await runLab({
          lab,
          provider,
          tools: runnerTools,
          emit: (event) => reporter.on(event),
          out: options.out,
          requests: options.requests ?? lab.requests,
          sabotage: options.sabotage,
          keep: options.keep ?? false,
          publish: options.publish ?? false,
          fresh: options.fresh ?? false,
          allowSkip: options.allowSkip ?? false,
          signal: context.signal,
          now: new Date(),
        }),
      );
    }
  } finally {
    await reporter.end();
  }
  return worst(codes);
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
