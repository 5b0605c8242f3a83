import type { ClusterStatus } from '../../core/cluster.js';
import { type ExitCode, exitCodes, SvclabError, UnmetError } from '../../core/errors.js';
import type { Registry } from '../../core/registry.js';
import { asTyped, commands } from '../../reporters/console/commands.js';
import { flow } from '../../reporters/console/flow.js';
import { type Look, lookOf } from '../../reporters/console/look.js';
import { table } from '../../reporters/console/table.js';
import { clusterWords } from '../cluster-words.js';
import type { CommandContext } from '../context.js';
import { type ProviderEntry, providersFor } from '../providers.js';
import { reporterOptions } from '../reporter-options.js';

export interface StatusOptions {
  readonly cluster?: string;
  readonly json?: boolean;
}

/** What one provider says: its clusters, or why it cannot tell. */
type Answer =
  | { readonly kind: string; readonly clusters: readonly ClusterStatus[] }
  | { readonly kind: string; readonly error: SvclabError };

/** Every cluster that is there. A provider that lacks its tools has none, and says so; one that fails decides the exit code. */
export async function status(
  context: CommandContext,
  options: StatusOptions,
  providers: Registry<ProviderEntry> = providersFor(context),
): Promise<ExitCode> {
  const asked = options.cluster === undefined ? providers.all : [providers.get(options.cluster)];
  const answers = await Promise.all(asked.map((entry) => ask(entry, context.signal)));
  if (options.json) {
    const clusters = answers.flatMap((answer) => ('clusters' in answer ? answer.clusters : []));
    const unavailable = answers.flatMap((answer) =>
      'error' in answer ? [{ provider: answer.kind, why: answer.error.message, hint: answer.error.hint ?? null }] : [],
    );
    context.stdout.write(`${JSON.stringify({ clusters, unavailable }, undefined, 2)}\n`);
  } else context.stdout.write(`${shown(context, answers).join('\n')}\n`);
  const failed = answers.flatMap((answer) => ('error' in answer && !(answer.error instanceof UnmetError) ? [answer.error] : []));
  return failed[0]?.exitCode ?? exitCodes.ok;
}

async function ask(entry: ProviderEntry, signal: AbortSignal): Promise<Answer> {
  try {
    return { kind: entry.kind, clusters: await (await entry.load()).status(signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SvclabError) return { kind: entry.kind, error };
    throw error;
  }
}

function shown(context: CommandContext, answers: readonly Answer[]): readonly string[] {
  const look = lookOf(reporterOptions(context), context.stdout);
  const words = clusterWords[context.language];
  const parts = answers.flatMap((answer) =>
    'clusters' in answer
      ? answer.clusters.map((cluster) => one(look, cluster, context.program))
      : [flow(look, [{ text: `${answer.kind}: ${words.cannotTell(answer.error.message)}`, role: 'quiet' }])],
  );
  const none = answers.every((answer) => 'error' in answer || answer.clusters.length === 0);
  return [...(none ? [[words.none]] : []), ...parts].flatMap((part, i) => (i === 0 || none ? part : ['', ...part]));
}

function one(look: Look, { provider, name, state, ours, nodes, enter, end }: ClusterStatus, program: string): string[] {
  const words = clusterWords[look.language];
  const role = state === 'running' ? 'pass' : 'fail';
  const typed = [
    { why: words.enter, command: enter.join(' ') },
    { why: words.end, command: asTyped(end, program) },
  ].filter(({ command }) => command !== '');
  const columns = [words.node, words.stateColumn, words.address];
  return [
    `${look.paint('title', name)} (${provider}): ${look.paint(role, words.state[state])}`,
    ...(ours ? [] : flow(look, [{ text: words.anothers, role: 'inconclusive' }], { lead: [{ text: '  ' }], hang: 2 })),
    ...(nodes.length === 0
      ? []
      : table(
          look,
          columns,
          nodes.map((node) => [node.name, node.state, node.address]),
          2,
        )),
    ...(typed.length === 0 ? [] : ['', ...commands(look, typed)]),
  ];
}
