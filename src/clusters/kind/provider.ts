import { createHash } from 'node:crypto';
import type { Cluster, ClusterProvider, ClusterRequest, ClusterStatus, ManifestSource } from '../../core/cluster.js';
import { UnmetError } from '../../core/errors.js';
import { dockerAt, dockerEndpoint } from '../../exec/docker/connect.js';
import { localExecutor } from '../../exec/local.js';
import { toolFolder } from '../../exec/user-cache.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import { create } from './create.js';
import type { Machine } from './machine.js';
import { makerVariable, thisProcess } from './maker.js';
import { objectsToApply } from './manifests.js';
import { clusterNames } from './nodes.js';
import { engineFindings } from './preflight/engine.js';
import { choosePrograms } from './preflight/tools.js';
import { kindFindings } from './preflight.js';
import { find, notOurs, refuseBusy } from './take-over.js';
import { end } from './teardown.js';
import { waysOf } from './ways.js';

export interface KindOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The cluster file that `preflight` holds the machine against. */
  readonly config: ManifestSource;
}

/** Real clusters, made by kind on this machine's Docker engine. */
export function kindProvider(options: KindOptions): ClusterProvider {
  const local = localExecutor({ LC_ALL: 'C' });
  let known: Promise<Machine> | undefined;
  const machine = (signal: AbortSignal): Promise<Machine> => {
    known ??= thisMachine(options.env, signal);
    return known;
  };
  /** @throws UnmetError where there is no engine, or none that this user may speak to. */
  const reachable = async (signal: AbortSignal): Promise<Machine> => {
    const { findings } = await engineFindings(local, options.env, signal);
    for (const { ok, what, detail, hint } of findings)
      if (!ok) throw new UnmetError(`${what}: ${detail}`, hint === undefined ? {} : { hint });
    return machine(signal);
  };
  return {
    kind: 'kind',
    preflight: async (signal) =>
      kindFindings(local, { ...options, programs: await choosePrograms(local, toolFolder(options.env), signal) }, signal),
    check(config, manifests) {
      loadKindConfig(config);
      objectsToApply(manifests);
    },
    async create(request: ClusterRequest): Promise<Cluster> {
      const { env } = options;
      const [made, engine] = await Promise.all([machine(request.signal), engineFindings(local, env, request.signal)]);
      return create(made, request, { env, digest: digestOf(request), engine });
    },
    status: async (signal) => status(await reachable(signal)),
    down: async (name, signal) => down(await reachable(signal), name),
  };
}

async function thisMachine(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Machine> {
  const maker = await thisProcess();
  const local = localExecutor({ LC_ALL: 'C', ...(maker === '' ? {} : { [makerVariable]: maker }) });
  const engine = async () => dockerAt(await dockerEndpoint(local, env, signal), env);
  const [programs, docker] = await Promise.all([choosePrograms(local, toolFolder(env), signal), engine()]);
  return { local, docker, programs, maker };
}

function digestOf(request: ClusterRequest): string {
  return createHash('sha256').update(request.config.text).digest('hex');
}

async function status({ docker }: Machine): Promise<readonly ClusterStatus[]> {
  const names = await clusterNames(docker);
  return Promise.all(
    names.map(async (name) => {
      const { nodes, ownership } = await find({ docker }, name);
      const running = nodes.filter((node) => node.state === 'running').length;
      const whole = ownership === 'whole' || ownership === 'foreign';
      return {
        provider: 'kind',
        name,
        state: !whole ? 'broken' : running === nodes.length ? 'running' : running === 0 ? 'stopped' : 'broken',
        ours: ownership !== 'foreign',
        nodes: nodes.map((node) => ({ name: node.name, state: node.state, address: node.address })),
        ...waysOf(nodes[0]?.name ?? ''),
        // svclab itself would refuse.
        ...(ownership === 'foreign' ? { end: ['kind', 'delete', 'cluster', '--name', name] } : {}),
      };
    }),
  );
}

async function down(machine: Machine, name: string): Promise<readonly string[]> {
  const found = await find(machine, name);
  if (found.nodes.length > 0 && found.ownership === 'foreign') throw notOurs(name);
  await refuseBusy(machine, name, found);
  await end(machine, name);
  return found.nodes.length === 0 ? [] : [`kind/${name}`];
}
