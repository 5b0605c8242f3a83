import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import type { Cluster, ClusterProvider, ClusterRequest, ClusterStatus } from '../../core/cluster.js';
import { connectDocker } from '../../exec/docker/connect.js';
import { localExecutor } from '../../exec/local.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import { waysOf } from './cluster.js';
import { create, notOurs } from './create.js';
import type { Machine } from './machine.js';
import { objectsToApply } from './manifests.js';
import { clusterNames, nodeContainers } from './nodes.js';
import { findings } from './preflight.js';
import { identity, readRecord } from './record.js';
import { end } from './teardown.js';

export interface KindOptions {
  readonly env: NodeJS.ProcessEnv;
}

/** Real clusters, made by kind on this machine's Docker engine. */
export function kindProvider(options: KindOptions): ClusterProvider {
  const local = localExecutor({ LC_ALL: 'C' });
  let known: Promise<Machine> | undefined;
  const machine = (): Promise<Machine> => {
    known ??= connectDocker(local, options.env).then((docker) => ({ local, docker, programs: { kind: 'kind', kubectl: 'kubectl' } }));
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

function digestOf(request: ClusterRequest): string {
  return createHash('sha256').update(request.config.text).digest('hex');
}

async function status(docker: Docker): Promise<readonly ClusterStatus[]> {
  const names = await clusterNames(docker);
  return Promise.all(
    names.map(async (name) => {
      const [nodes, record] = await Promise.all([nodeContainers(docker, name), readRecord(docker, name)]);
      const running = nodes.filter((node) => node.state === 'running').length;
      return {
        provider: 'kind',
        name,
        state: running === nodes.length ? 'running' : running === 0 ? 'stopped' : 'broken',
        ours: record?.nodes === identity(nodes),
        nodes: nodes.map((node) => ({ name: node.name, state: node.state, address: node.address })),
        ...waysOf(name, nodes[0]?.name ?? ''),
      };
    }),
  );
}

async function down(machine: Machine, name: string): Promise<readonly string[]> {
  const nodes = await nodeContainers(machine.docker, name);
  if (nodes.length === 0) {
    await end(machine, name);
    return [];
  }
  const record = await readRecord(machine.docker, name);
  if (record?.nodes !== identity(nodes)) throw notOurs(name);
  await end(machine, name);
  return [`kind/${name}`];
}
