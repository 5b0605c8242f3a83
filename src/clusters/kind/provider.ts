import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import type { Cluster, ClusterProvider, ClusterRequest, ClusterStatus } from '../../core/cluster.js';
import { connectDocker } from '../../exec/docker/connect.js';
import { localExecutor } from '../../exec/local.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import { waysOf } from './cluster.js';
import { create } from './create.js';
import type { Machine } from './machine.js';
import { makerVariable, thisProcess } from './maker.js';
import { objectsToApply } from './manifests.js';
import { clusterNames } from './nodes.js';
import { findings } from './preflight.js';
import { find, notOurs, refuseBusy } from './take-over.js';
import { end } from './teardown.js';

export interface KindOptions {
  readonly env: NodeJS.ProcessEnv;
}

/** Real clusters, made by kind on this machine's Docker engine. */
export function kindProvider(options: KindOptions): ClusterProvider {
  let known: Promise<Machine> | undefined;
  const machine = (): Promise<Machine> => {
    known ??= thisMachine(options.env);
    return known;
  };
  return {
    kind: 'kind',
    preflight: async (signal) => findings(await machine(), signal),
    check(config, manifests) {
      loadKindConfig(config);
      objectsToApply(manifests);
    },
    create: async (request: ClusterRequest): Promise<Cluster> => create(await machine(), request, digestOf(request)),
    status: async () => status((await machine()).docker),
    down: async (name) => down(await machine(), name),
  };
}

async function thisMachine(env: NodeJS.ProcessEnv): Promise<Machine> {
  const maker = await thisProcess();
  const local = localExecutor({ LC_ALL: 'C', ...(maker === '' ? {} : { [makerVariable]: maker }) });
  return { local, docker: await connectDocker(local, env), programs: { kind: 'kind', kubectl: 'kubectl' }, maker };
}

function digestOf(request: ClusterRequest): string {
  return createHash('sha256').update(request.config.text).digest('hex');
}

async function status(docker: Docker): Promise<readonly ClusterStatus[]> {
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
        ...waysOf(name, nodes[0]?.name ?? ''),
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
