import { type ExitCode, exitCodes, UnmetError } from '../../core/errors.js';
import type { Registry } from '../../core/registry.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import { clusterWords } from '../cluster-words.js';
import type { CommandContext } from '../context.js';
import { courseCluster, type ProviderEntry, providersFor } from '../providers.js';

export interface DownOptions {
  readonly cluster?: string;
}

/** Ends what `up` and `run --keep` left running. What is not there needs no ending, as with kind. */
export async function down(
  context: CommandContext,
  options: DownOptions,
  providers: Registry<ProviderEntry> = providersFor(context),
): Promise<ExitCode> {
  const words = clusterWords[context.language];
  const asked = options.cluster === undefined ? providers.all : [providers.get(options.cluster)];
  let ended = 0;
  for (const entry of asked) {
    try {
      for (const what of await downOf(entry, context.signal)) {
        ended += 1;
        context.stdout.write(`${words.ended(`${what}, ${entry.kind}`)}\n`);
      }
    } catch (error) {
      // Only where nobody asked for this kind: without its tools nothing can be said about it, nor done.
      if (options.cluster !== undefined || !(error instanceof UnmetError)) throw error;
      context.stderr.write(`${entry.kind}: ${words.cannotTell(error.message)}\n`);
    }
  }
  if (ended === 0) context.stdout.write(`${words.nothingToEnd}\n`);
  return exitCodes.ok;
}

/** The course's cluster, and any other that svclab made: another's of the course's name is refused by the provider, another's of any name is not looked at. */
async function downOf(entry: ProviderEntry, signal: AbortSignal): Promise<readonly string[]> {
  const provider = await entry.load();
  const ours = (await provider.status(signal)).filter((cluster) => cluster.ours).map((cluster) => cluster.name);
  const ended: string[] = [];
  for (const name of new Set([...ours, loadKindConfig(courseCluster()).name])) ended.push(...(await provider.down(name, signal)));
  return ended;
}
