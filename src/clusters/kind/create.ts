import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CleanupStack } from '../../core/cleanup.js';
import type { Cluster, ClusterRequest } from '../../core/cluster.js';
import { UnmetError, UsageError } from '../../core/errors.js';
import { type KindConfig, loadKindConfig } from '../../schema/kind-config.js';
import { KindCluster } from './cluster.js';
import type { Machine } from './machine.js';
import { makeCluster } from './make-cluster.js';
import { type NodeContainer, nodeContainers } from './nodes.js';
import { kindFindings } from './preflight.js';
import { identity, readRecord } from './record.js';
import { Sidecars } from './sidecars.js';
import { end } from './teardown.js';
import { type Tools, toolsFor } from './tools.js';
import { wake } from './wake.js';

/** Takes the cluster of that name which svclab made, or makes one. @throws UnmetError, UsageError, EnvironmentError */
export async function create(
  machine: Machine,
  request: ClusterRequest,
  { env, digest }: { readonly env: NodeJS.ProcessEnv; readonly digest: string },
): Promise<Cluster> {
  const config = loadKindConfig(request.config);
  const { signal, progress } = request;
  const [missing] = (await kindFindings(machine.local, { env, config: request.config, programs: machine.programs }, signal)).filter(
    (finding) => !finding.ok,
  );
  if (missing !== undefined)
    throw new UnmetError(`${missing.what}: ${missing.detail}`, missing.hint === undefined ? {} : { hint: missing.hint });
  const there = await takeOver(machine, config.name, request, digest);
  const cleanup = new CleanupStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'svclab-kind-'));
    // Apart from the rest, since it goes too when the cluster stays.
    const temporary = cleanup.use('the temporary files', new CleanupStack());
    temporary.add('the kubeconfig', () => rm(folder, { recursive: true, force: true }));
    const tools = toolsFor(machine, machine.programs, join(folder, 'kubeconfig'));
    if (there.length > 0) await reuse(tools, config, there, join(folder, 'kubeconfig'), request);
    else await makeCluster({ machine, tools, config, folder, digest, request, cleanup });
    const sidecars = new Sidecars(tools, config.name, progress);
    return new KindCluster({ tools, config, sidecars, cleanup, temporary, reused: there.length > 0, progress });
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

/** The nodes that are there and may be used: none where a new cluster is to be made. @throws UsageError for another's cluster. */
async function takeOver(machine: Machine, name: string, request: ClusterRequest, digest: string): Promise<readonly NodeContainer[]> {
  const nodes = await nodeContainers(machine.docker, name);
  if (nodes.length === 0) return [];
  const record = await readRecord(machine.docker, name);
  if (record?.nodes !== identity(nodes)) throw notOurs(name);
  if (request.fresh) {
    request.progress({ en: `ending the old cluster ${name}`, ko: `있던 클러스터 ${name} 지우기` });
    await end(machine, name);
    return [];
  }
  if (record.config !== digest) {
    throw new UsageError(`the running cluster ${name} was made from another cluster file than ${request.config.file}`, {
      hint: '--fresh makes a new one',
    });
  }
  return nodes;
}

/** The error for a cluster that is left alone. */
export function notOurs(name: string): UsageError {
  return new UsageError(`a cluster named ${name} is there, and svclab did not make it`, {
    hint: `svclab leaves it alone; 'kind delete cluster --name ${name}' removes it`,
  });
}

async function reuse(
  tools: Tools,
  config: KindConfig,
  nodes: readonly NodeContainer[],
  kubeconfig: string,
  request: ClusterRequest,
): Promise<void> {
  await wake(tools, config, nodes, kubeconfig, request);
  request.warn({
    code: 'reused',
    text: {
      en: `the running cluster ${config.name} is used and left running`,
      ko: `이미 떠 있는 클러스터 ${config.name}을(를) 쓰고, 끝난 뒤에도 남겨 둡니다`,
    },
  });
}
