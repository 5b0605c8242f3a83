import type { Finding, ManifestSource } from '../../core/cluster.js';
import type { Executor } from '../../core/executor.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import { type EngineFacts, type EngineFindings, engineFindings } from './preflight/engine.js';
import { cgroupFinding, imagesFinding } from './preflight/engine-facts.js';
import { diskFinding, inotifyFindings, memoryFinding } from './preflight/machine.js';
import { portsFinding } from './preflight/ports.js';
import { kindFinding, kubectlFinding, type Programs } from './preflight/tools.js';

export interface KindPreflight {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The cluster that is to be made: its host ports are looked at, and nothing that only a new cluster needs when one of its name is there. */
  readonly config?: ManifestSource;
  /** Where kind and kubectl are, when they are not simply on the PATH. */
  readonly programs?: Programs;
  /** What has been found out about the engine already. */
  readonly engine?: EngineFindings;
  /** Where the kernel shows itself; `/proc` unless said. */
  readonly proc?: string;
}

/**
 * The machine, held against what a real cluster needs. A finding that is not ok prevents the cluster; one that is ok and has a hint may make it slow or
 * fragile.
 * @param local runs programs on this machine, with the user's PATH.
 */
export async function kindFindings(local: Executor, options: KindPreflight, signal: AbortSignal): Promise<readonly Finding[]> {
  const proc = options.proc ?? '/proc';
  const [{ findings, facts }, kind, kubectl] = await Promise.all([
    options.engine ?? engineFindings(local, options.env, signal),
    options.programs?.findings?.kind ?? kindFinding(local, signal, options.programs?.kind),
    options.programs?.findings?.kubectl ?? kubectlFinding(local, signal, options.programs?.kubectl),
  ]);
  return [
    ...findings,
    ...(facts === undefined ? [] : [cgroupFinding(facts)]),
    kind,
    kubectl,
    ...(facts === undefined ? [] : [imagesFinding(facts)]),
    ...(await roomFindings(options, proc, facts)),
  ];
}

/** What a cluster that is there has taken already. */
async function roomFindings({ config }: KindPreflight, proc: string, facts: EngineFacts | undefined): Promise<readonly Finding[]> {
  const cluster = config === undefined ? undefined : loadKindConfig(config);
  if (cluster !== undefined && facts?.clusters.includes(cluster.name) === true) {
    return [{ what: 'room', ok: true, detail: `the cluster ${cluster.name} is there: it has its memory, disk and ports` }];
  }
  const ports = (cluster?.nodes ?? []).flatMap((node) => node.portMappings);
  return [
    await memoryFinding(proc, facts?.memory),
    ...(facts === undefined ? [] : [await diskFinding(facts.root)]),
    ...(await inotifyFindings(proc)),
    ...(ports.length === 0 ? [] : [await portsFinding(ports)]),
  ];
}
