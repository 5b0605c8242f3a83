import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { findLab } from '../src/cli/find-lab.js';
import { packageRoot } from '../src/cli/package-root.js';
import { labRegistries } from '../src/cli/registries.js';
import { kindProvider } from '../src/clusters/kind/provider.js';
import type { ClusterProvider, ManifestSource } from '../src/core/cluster.js';
import { recipes } from '../src/images/recipes.js';
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
  const signal = AbortSignal.timeout(60_000);
  const findings = await provider().preflight(signal);
  const lacking = findings
    .filter(({ ok }) => !ok)
    .map(({ what, detail, hint }) => `  ${what}: ${detail}${hint === undefined ? '' : ` (${hint})`}`);
  if (lacking.length > 0) return lacking;
  const { name } = loadKindConfig(clusterFile());
  if (!(await provider().status(signal)).some((cluster) => cluster.name === name)) return [];
  return [`  the name ${name}: a cluster has it already (kind delete cluster --name ${name} ends it)`];
}

/** What tells kind to take the node image that svclab takes: the one built here, else the one that kind v0.24.0 takes by itself. */
export async function nodeImageOption(): Promise<readonly string[]> {
  const [tag = ''] = recipeOf('node').tags;
  const { exitCode } = await execa('docker', ['image', 'inspect', tag], { reject: false, stdout: 'ignore', stderr: 'ignore' });
  return exitCode === 0 ? ['--image', tag] : [];
}

function recipeOf(name: string) {
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (recipe === undefined) throw new Error(`there is no recipe '${name}'`);
  return recipe;
}

function provider(): ClusterProvider {
  return kindProvider({ env: process.env, config: clusterFile() });
}

/** A cluster without workloads that stays until `end`; one that ran before is used, and left as it was. */
export interface BareCluster {
  readonly name: string;
  readonly reused: boolean;
  end(): Promise<void>;
}

/**
 * @param logs a folder for what kind says of a cluster that could not be made.
 * @throws UnmetError, UsageError, EnvironmentError
 */
export async function bareCluster(logs: string, signal: AbortSignal, say: (text: string) => void = () => {}): Promise<BareCluster> {
  const config = clusterFile();
  let reused = false;
  const cluster = await provider().create({
    config,
    name: loadKindConfig(config).name,
    publish: false,
    fresh: false,
    signal,
    warn: ({ code, text }) => {
      reused ||= code === 'reused';
      say(text.en);
    },
    progress: (text) => say(text.en),
    logs: async () => {
      await mkdir(logs, { recursive: true });
      return logs;
    },
  });
  const { end } = await cluster.keep();
  return { name: cluster.name, reused, end: async () => (reused ? undefined : await typed(end)) };
}

/** The words that lead out of a kept cluster; `svclab` is this build of it. */
async function typed([program = '', ...args]: readonly string[]): Promise<void> {
  const argv = program === 'svclab' ? [join(packageRoot, 'build', 'src', 'cli', 'main.js'), ...args] : args;
  await execa(program === 'svclab' ? process.execPath : program, argv, { stdin: 'ignore' });
}
