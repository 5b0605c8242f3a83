import { join } from 'node:path';
import type { ClusterProvider, ManifestSource } from '../core/cluster.js';
import { Registry } from '../core/registry.js';
import { inputFile } from '../schema/input-file.js';
import type { CommandContext } from './context.js';
import { packageRoot, requiredTools } from './package-root.js';

export interface ProviderEntry {
  readonly kind: string;
  /** `create` takes a running cluster of that name again, where it fits; without, every cluster is a new one. */
  readonly reuses: boolean;
  /** The published ports stay when the cluster is kept. */
  readonly keepsPorts: boolean;
  load(): Promise<ClusterProvider>;
}

/** Each provider is loaded when it is asked for: the other one's libraries take a quarter of a run's start. */
export function providersFor(context: CommandContext): Registry<ProviderEntry> {
  const { root, env } = context;
  return new Registry('cluster', [
    {
      kind: 'netns',
      reuses: false,
      keepsPorts: false,
      load: async () => (await import('../clusters/netns/provider.js')).netnsProvider({ root, env, tools: requiredTools() }),
    },
    { kind: 'kind', reuses: true, keepsPorts: true, load: () => loadKind(context) },
  ]);
}

/** The cluster of every lab that comes with svclab. */
export function courseCluster(): ManifestSource {
  return inputFile(join(packageRoot, 'labs', 'myk8s.kind.yaml'));
}

async function loadKind({ env }: CommandContext): Promise<ClusterProvider> {
  const { kindProvider } = await import('../clusters/kind/provider.js');
  return kindProvider({ env, config: courseCluster() });
}
