import type Docker from 'dockerode';
import type { ClusterRequest } from '../../core/cluster.js';
import { EnvironmentError } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import { writeAtomically } from '../../evidence/atomic-file.js';
import { said } from '../../exec/docker/engine-error.js';
import type { KindConfig } from '../../schema/kind-config.js';
import { kubeconfigOf } from './kubeconfig.js';
import { type NodeContainer, nodeContainers } from './nodes.js';
import { identity } from './record.js';
import { isNodeReady, nodeAddresses } from './settled.js';
import { staleOn } from './stale.js';
import type { Tools } from './tools.js';

export interface Waking {
  readonly tools: Tools;
  readonly config: KindConfig;
  readonly nodes: readonly NodeContainer[];
  /** The nodes' containers as the record has them: in the order of the addresses with which the cluster was made. */
  readonly recorded: string;
  readonly kubeconfig: string;
  readonly request: ClusterRequest;
  /** Told before nodes that run are stopped: what shares their network namespaces would be left in the old ones. */
  readonly restarting: () => Promise<void>;
}

/** A cluster whose nodes have just been started takes longer to be well. */
const limits = { runningMs: 90_000, startedMs: 180_000 };

/**
 * Makes sure that a cluster which was there before can be worked with: nodes that have stopped are started, and all are waited for. An engine gives out
 * addresses in the order in which containers start, so after a restart of its machine nodes may have each other's; the cluster knows them by
 * the old ones. Then they are started once more, in the order that gives each its own.
 * @throws EnvironmentError that says what is wrong, and to use --fresh.
 */
export async function wake(waking: Waking): Promise<void> {
  const { tools, config, nodes, kubeconfig, request } = waking;
  const { signal, warn } = request;
  const stopped = nodes.filter((node) => node.state !== 'running');
  try {
    if (stopped.length > 0) {
      const names = stopped.map((node) => node.name).join(', ');
      warn({ code: 'started', text: { en: `${names} had stopped: started again`, ko: `멈춰 있던 ${names}을(를) 다시 시작했습니다` } });
      await startInOrder(waking, stopped);
    }
    await writeAtomically(kubeconfig, await kubeconfigOf(tools, config, signal), 0o600);
    try {
      await untilWell(waking, stopped.length > 0 ? limits.startedMs : limits.runningMs);
    } catch (error) {
      if (!(error instanceof EnvironmentError) || !(await areSwapped(waking))) throw error;
      const name = config.name;
      warn({
        code: 'restarted',
        text: {
          en: `the nodes of ${name} had each other's addresses: started again, one after the other`,
          ko: `${name}의 노드들이 서로의 주소를 쓰고 있어 하나씩 다시 시작했습니다`,
        },
      });
      await waking.restarting();
      await Promise.all(nodes.map((node) => tools.docker.getContainer(node.id).stop({ t: 10 })));
      await startInOrder(waking, nodes);
      await untilWell(waking, limits.startedMs);
    }
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new EnvironmentError(error.message, { hint: '--fresh makes a new cluster in its place', cause: error });
  }
}

/** One after the other: an engine gives each the first address that is free. */
async function startInOrder({ tools, recorded, request }: Waking, nodes: readonly NodeContainer[]): Promise<void> {
  const order = recorded.split(' ');
  const place = (node: NodeContainer): number => order.indexOf(node.id.slice(0, 12));
  for (const node of [...nodes].sort((a, b) => place(a) - place(b))) {
    request.signal.throwIfAborted();
    await tools.docker
      .getContainer(node.id)
      .start()
      .catch((cause: unknown) => {
        throw new EnvironmentError(`${node.name} cannot be started: ${said(cause)}`, { cause });
      });
  }
}

async function areSwapped({ tools, config, recorded }: Waking): Promise<boolean> {
  const now = await nodeContainers(tools.docker, config.name);
  return now.every((node) => node.state === 'running') && identity(now) !== recorded;
}

async function untilWell({ tools, config, request }: Waking, timeoutMs: number): Promise<void> {
  let told = false;
  const look = async (): Promise<true> => {
    const why = await notYet(tools, config, request.signal);
    if (why === undefined) return true;
    if (!told) request.progress({ en: 'waiting for the nodes', ko: '노드를 기다림' });
    told = true;
    throw new EnvironmentError(why);
  };
  await waitFor(`the cluster ${config.name}`, look, { intervalMs: 250, timeoutMs, signal: request.signal });
}

async function notYet(tools: Tools, config: KindConfig, signal: AbortSignal): Promise<string | undefined> {
  const containers = await nodeContainers(tools.docker, config.name);
  const still = config.nodes.find(({ name }) => containers.find((one) => one.name === name)?.state !== 'running');
  if (still !== undefined) return `node ${still.name} does not run`;
  const [objects, since] = await Promise.all([tools.api.list(['Node', 'Pod', 'Lease'], signal), startTimes(tools.docker, containers)]);
  const known = new Map(nodeAddresses(objects).map((node) => [node.name, node.ip]));
  for (const { name } of config.nodes) {
    const address = containers.find((one) => one.name === name)?.address;
    const object = objects.find((one) => one.kind === 'Node' && one.metadata.name === name);
    if (object === undefined) return `node ${name} is not part of the cluster`;
    if (known.get(name) !== address) return `node ${name} has the address ${address}, and the cluster knows it by ${known.get(name)}`;
    if (!isNodeReady(object)) return `node ${name} is not Ready`;
    const stale = staleOn(objects, name, since.get(name) ?? 0);
    if (stale !== undefined) return stale;
  }
  return undefined;
}

/** When each node's container was started, in milliseconds since the epoch. */
async function startTimes(docker: Docker, nodes: readonly NodeContainer[]): Promise<ReadonlyMap<string, number>> {
  const since = async ({ name, id }: NodeContainer): Promise<[string, number]> => [
    name,
    Date.parse((await docker.getContainer(id).inspect()).State.StartedAt),
  ];
  return new Map(await Promise.all(nodes.map(since)));
}
