import type { Cluster, ClusterProvider, ManifestSource } from '../../core/cluster.js';
import { EnvironmentError, type ExitCode, exitCodes, UsageError } from '../../core/errors.js';
import type { Phase } from '../../core/events.js';
import type { Registry } from '../../core/registry.js';
import { createRunFolder } from '../../evidence/run-folder.js';
import { asTyped, commands } from '../../reporters/console/commands.js';
import { flow } from '../../reporters/console/flow.js';
import { lookOf } from '../../reporters/console/look.js';
import { message, Progress } from '../../reporters/console/progress.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import { loadLab } from '../../schema/load-lab.js';
import { clusterWords } from '../cluster-words.js';
import type { CommandContext } from '../context.js';
import { findLab } from '../find-lab.js';
import { courseCluster, type ProviderEntry, providersFor } from '../providers.js';
import { labRegistries } from '../registries.js';
import { reporterOptions } from '../reporter-options.js';

export interface UpOptions {
  readonly cluster: string;
  readonly fresh?: boolean;
  readonly publish?: boolean;
  /** Where the logs of a creation that failed go. */
  readonly out: string;
  readonly json?: boolean;
}

/** What is to be made. */
interface Wanted {
  readonly name: string;
  readonly lab: string | undefined;
  readonly config: ManifestSource;
  readonly manifests: readonly ManifestSource[];
}

/** What there is in the end. */
interface Up {
  readonly enter: readonly string[];
  readonly end: readonly string[];
  /** It was not there before, or has been made ready for the lab. */
  readonly changed: boolean;
}

/** Makes a cluster, with a lab's workloads where one is named, and leaves it running. */
export async function up(
  context: CommandContext,
  labName: string | undefined,
  options: UpOptions,
  providers: Registry<ProviderEntry> = providersFor(context),
): Promise<ExitCode> {
  const entry = providers.get(options.cluster);
  if (options.publish && !entry.keepsPorts) {
    throw new UsageError(`a kept cluster of the kind ${entry.kind} cannot publish ports: they would need svclab to stay`, {
      hint: `'run --publish' publishes them while a lab runs; or leave --publish out`,
    });
  }
  const wanted = wantedOf(context, labName, entry.kind);
  const provider = await entry.load();
  provider.check(wanted.config, wanted.manifests);
  const there = entry.reuses ? undefined : await takeThere(provider, wanted.name, options.fresh ?? false, context.signal);
  const result = there ?? (await make(context, provider, wanted, options));
  if (options.json) {
    const { changed, enter, end } = result;
    const document = { provider: entry.kind, name: wanted.name, lab: wanted.lab ?? null, changed, enter, end };
    context.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  } else show(context, entry.kind, wanted, result);
  return exitCodes.ok;
}

function wantedOf(context: CommandContext, labName: string | undefined, kind: string): Wanted {
  if (labName === undefined) {
    const config = courseCluster();
    return { name: loadKindConfig(config).name, lab: undefined, config, manifests: [] };
  }
  const lab = loadLab(findLab(labName, context.cwd), labRegistries);
  if (!lab.clusters.includes(kind))
    throw new UsageError(`the lab '${lab.id}' does not run on ${kind}`, { hint: `it runs on ${lab.clusters.join(', ')}` });
  return { name: loadKindConfig(lab.cluster).name, lab: lab.id, config: lab.cluster, manifests: lab.manifests };
}

/** One of that name that runs is left as it is; a broken one, or any with `--fresh`, is ended. */
async function takeThere(provider: ClusterProvider, name: string, fresh: boolean, signal: AbortSignal): Promise<Up | undefined> {
  const there = (await provider.status(signal)).find((cluster) => cluster.name === name && cluster.ours);
  if (there === undefined) return undefined;
  if (there.state === 'running' && !fresh) return { enter: there.enter, end: there.end, changed: false };
  await provider.down(name, signal);
  return undefined;
}

/** @throws the provider's error, or the signal's reason; nothing is left behind then but the logs, and those are named. */
async function make(context: CommandContext, provider: ClusterProvider, wanted: Wanted, options: UpOptions): Promise<Up> {
  const { signal, language } = context;
  const look = () => lookOf(reporterOptions(context), context.stderr);
  const progress = new Progress(reporterOptions(context));
  const phase = async <T>(name: Phase, work: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    progress.phaseStarted(look(), name);
    const result = await work();
    progress.phaseEnded(look(), name, performance.now() - begun);
    return result;
  };
  let logs: string | undefined;
  let cluster: Cluster | undefined;
  try {
    const made = await phase('cluster', () =>
      provider.create({
        config: wanted.config,
        name: wanted.name,
        publish: options.publish ?? false,
        fresh: options.fresh ?? false,
        signal,
        warn: ({ text }) => progress.say(message(look(), 'inconclusive', look().words.warning, text[language])),
        progress: (text) => progress.at(look(), text[language]),
        logs: async () => {
          logs ??= await (await createRunFolder(options.out, `up-${wanted.lab ?? wanted.name}`, new Date())).folderFor('cluster-logs');
          return logs;
        },
      }),
    );
    cluster = made;
    signal.throwIfAborted();
    if (wanted.manifests.length > 0) await phase('workloads', () => made.apply(wanted.manifests, signal));
    signal.throwIfAborted();
    return { ...(await made.keep()), changed: true };
  } catch (error) {
    if (cluster !== undefined) await phase('cleanup', () => removed(cluster));
    if (logs !== undefined) progress.say([clusterWords[language].logsIn(logs)]);
    throw signal.aborted ? signal.reason : error;
  } finally {
    progress.stop();
  }
}

/** @throws EnvironmentError that says what is left. */
async function removed(cluster: Cluster | undefined): Promise<void> {
  try {
    await cluster?.[Symbol.asyncDispose]();
  } catch (cause) {
    throw new EnvironmentError(`what was made could not be removed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function show(context: CommandContext, kind: string, { name, lab }: Wanted, { enter, end, changed }: Up): void {
  const words = clusterWords[context.language];
  const look = lookOf(reporterOptions(context), context.stdout);
  const notes = changed
    ? [lab === undefined ? words.empty : words.applied(lab)]
    : [...(lab === undefined ? [] : [words.nothingApplied(lab)]), words.freshMakesNew];
  const down = `${context.program} down --cluster ${kind}`;
  const lines = [
    look.paint('title', changed ? words.isUp(name, kind) : words.wasUp(name, kind)),
    ...notes.flatMap((text) => flow(look, [{ text }], { lead: [{ text: '  ' }], hang: 2 })),
    '',
    ...commands(look, [
      { why: words.enter, command: enter.join(' ') },
      { why: end[0] === 'svclab' ? words.end : words.endsToo(down), command: asTyped(end, context.program) },
    ]),
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
}
