import type { ClusterProvider } from '../core/cluster.js';
import { type ExitCode, exitCodes, SvclabError, UsageError } from '../core/errors.js';
import type { RunEvent } from '../core/events.js';
import { runLab } from '../runner/run-lab.js';
import { appliedManifests } from '../schema/applied.js';
import { loadKindConfig } from '../schema/kind-config.js';
import type { Lab } from '../schema/lab.js';
import { clusterWords } from './cluster-words.js';
import type { CommandContext } from './context.js';
import type { ProviderEntry } from './providers.js';
import { SharedCluster } from './shared-cluster.js';
import { runnerTools } from './tools.js';

export interface RunLabsOptions {
  readonly out: string;
  readonly requests?: number;
  readonly sabotage?: string;
  readonly keep?: boolean;
  readonly publish?: boolean;
  readonly fresh?: boolean;
  readonly allowSkip?: boolean;
}

/** Runs labs one after the other, on one cluster where that is used again. @returns each one's exit code; fewer than labs after an interrupt. */
export async function runLabs(
  context: CommandContext,
  labs: readonly Lab[],
  entry: ProviderEntry,
  options: RunLabsOptions,
  emit: (event: RunEvent) => void,
): Promise<readonly ExitCode[]> {
  if (context.signal.aborted) {
    emit(leftOut(entry.kind, labs));
    return [interruptCode(context.signal)];
  }
  const provider = await entry.load();
  const [first] = labs;
  const shared =
    first !== undefined && labs.length > 1 && entry.reuses
      ? await SharedCluster.of(provider, loadKindConfig(first.cluster).name, options.keep ?? false, context.signal)
      : undefined;
  const codes: ExitCode[] = [];
  try {
    for (const [i, lab] of labs.entries()) {
      if (context.signal.aborted) {
        codes.push(interruptCode(context.signal));
        emit(leftOut(entry.kind, labs.slice(i)));
        break;
      }
      codes.push(
        await runLab({
          lab,
          provider: shared?.provider ?? provider,
          tools: runnerTools,
          emit,
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
    const words = clusterWords[context.language];
    const ended = await shared?.end(context.signal, () => void context.stderr.write(`${words.ending}\n`));
    for (const what of ended ?? []) context.stderr.write(`${words.ended(`${what}, ${entry.kind}`)}\n`);
  }
  return codes;
}

function interruptCode({ reason }: AbortSignal): ExitCode {
  return reason instanceof SvclabError ? reason.exitCode : exitCodes.interrupted;
}

function leftOut(cluster: string, labs: readonly Lab[]): RunEvent {
  return { type: 'left-out', at: 0, cluster, labs: labs.map(({ id }) => id), why: interruptedBefore };
}

const interruptedBefore = { en: 'the run was interrupted before it', ko: '그 전에 실행이 중단되었다' };

export function runsOn(lab: Lab, kind: string): boolean {
  return lab.clusters.includes(kind);
}

/** Reads what the labs ask of the cluster, before anything is started. @throws UsageError, InputError */
export function checkLabs(labs: readonly Lab[], provider: ClusterProvider): void {
  for (const lab of labs) {
    if (!runsOn(lab, provider.kind))
      throw new UsageError(`the lab '${lab.id}' does not run on ${provider.kind}`, { hint: `it runs on ${lab.clusters.join(', ')}` });
    provider.check(lab.cluster, lab.manifests);
    for (const manifest of appliedManifests(lab)) provider.check(lab.cluster, [manifest]);
  }
}

const order: readonly ExitCode[] = [
  exitCodes.interrupted,
  exitCodes.terminated,
  exitCodes.usage,
  exitCodes.unmet,
  exitCodes.failed,
  exitCodes.environment,
];

/** The first that applies to any of several runs. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  return order.find((code) => codes.includes(code)) ?? exitCodes.ok;
}
