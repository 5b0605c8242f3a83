import { execa } from 'execa';
import { findLab } from '../src/cli/find-lab.js';
import { packageRoot } from '../src/cli/package-root.js';
import { labRegistries } from '../src/cli/registries.js';
import { kindProvider } from '../src/clusters/kind/provider.js';
import type { ManifestSource } from '../src/core/cluster.js';
import { loadKindConfig } from '../src/schema/kind-config.js';
import { loadLab } from '../src/schema/load-lab.js';

/** The cluster file of the lab that tests, bench and soak run. */
export function clusterFile(): ManifestSource {
  return loadLab(findLab('clusterip', packageRoot), labRegistries).cluster;
}

/**
 * What is missing here for a real cluster that is made, measured and removed: a line for each thing with what to do. A cluster that has the name already
 * counts too, since it may be somebody's.
 */
export async function whatRealClustersLack(): Promise<readonly string[]> {
  const findings = await kindProvider().preflight(AbortSignal.timeout(60_000));
  const lacking = findings
    .filter(({ ok }) => !ok)
    .map(({ what, detail, hint }) => `  ${what}: ${detail}${hint === undefined ? '' : ` (${hint})`}`);
  if (lacking.length > 0) return lacking;
  const { name } = loadKindConfig(clusterFile());
  if (!(await kindClusters()).includes(name)) return [];
  return [`  the name ${name}: a cluster has it already (kind delete cluster --name ${name} ends it)`];
}

export async function kindClusters(): Promise<readonly string[]> {
  return (await execa('kind', ['get', 'clusters', '--quiet'])).stdout.split('\n').filter((line) => line !== '');
}
