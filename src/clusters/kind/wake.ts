import { writeFile } from 'node:fs/promises';
import type { ClusterRequest, KubeObject } from '../../core/cluster.js';
import { EnvironmentError } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import { isRecord, itemsOf } from '../../objects/source/pick.js';
import type { KindConfig } from '../../schema/kind-config.js';
import { type NodeContainer, nodeContainers } from './nodes.js';
import { isNodeReady, nodeAddresses } from './settled.js';
import type { Tools } from './tools.js';

/**
 * Makes sure that a cluster which was there before can be worked with: nodes that have stopped are started, and all are waited for. After a restart the
 * containers may have other addresses, and the cluster must know the new ones.
 * @throws EnvironmentError that says what is wrong, and to use --fresh.
 */
export async function wake(
  tools: Tools,
  config: KindConfig,
  nodes: readonly NodeContainer[],
  kubeconfig: string,
  { signal, progress, warn }: ClusterRequest,
): Promise<void> {
  const stopped = nodes.filter((node) => node.state !== 'running');
  if (stopped.length > 0) {
    const names = stopped.map((node) => node.name).join(', ');
    warn({ code: 'started', text: { en: `${names} had stopped: started again`, ko: `멈춰 있던 ${names}을(를) 다시 시작했습니다` } });
    await Promise.all(stopped.map((node) => tools.docker.getContainer(node.id).start()));
  }
  await writeFile(kubeconfig, await tools.kind(['get', 'kubeconfig', '--name', config.name], { signal }), { mode: 0o600 });
  let told = false;
  try {
    await waitFor(
      `the cluster ${config.name}`,
      async () => {
        const why = await notYet(tools, config, signal);
        if (why === undefined) return true;
        if (!told) progress({ en: 'waiting for the nodes', ko: '노드를 기다림' });
        told = true;
        throw new EnvironmentError(why);
      },
      { intervalMs: 250, timeoutMs: stopped.length > 0 ? 180_000 : 90_000, signal },
    );
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new EnvironmentError(error.message, { hint: '--fresh makes a new cluster in its place', cause: error });
  }
}

async function notYet(tools: Tools, config: KindConfig, signal: AbortSignal): Promise<string | undefined> {
  const argv = ['get', 'nodes', '--output', 'json', '--request-timeout', '5s'];
  const [containers, text] = await Promise.all([nodeContainers(tools.docker, config.name), tools.kubectl(argv, { signal })]);
  const list: unknown = JSON.parse(text);
  const objects = isRecord(list) ? (itemsOf(list['items']) as readonly KubeObject[]) : [];
  const known = new Map(nodeAddresses(objects).map((node) => [node.name, node.ip]));
  for (const { name } of config.nodes) {
    const container = containers.find((one) => one.name === name);
    const object = objects.find((one) => one.metadata.name === name);
    if (container?.state !== 'running') return `node ${name} does not run`;
    if (object === undefined) return `node ${name} is not part of the cluster`;
    if (!isNodeReady(object)) return `node ${name} is not Ready`;
    if (known.get(name) !== container.address)
      return `node ${name} has the address ${container.address}, and the cluster knows it by ${known.get(name)}`;
  }
  return undefined;
}
