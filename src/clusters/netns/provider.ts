import { fileURLToPath } from 'node:url';
import { CleanupStack } from '../../core/cleanup.js';
import type { Cluster, ClusterProvider, ClusterRequest } from '../../core/cluster.js';
import { UnmetError, type Warning } from '../../core/errors.js';
import { Holder } from '../../exec/holder.js';
import { type KindConfig, loadKindConfig } from '../../schema/kind-config.js';
import { NetnsCluster, type Remember } from './cluster.js';
import { recordsFolder, writeRecord } from './kept-records.js';
import { hostsOf } from './nodes.js';
import type { NetnsOptions } from './options.js';
import { planManifests } from './plan-pods.js';
import { type PublishedPort, publish } from './publish.js';

/** The embedded cluster: no Docker, no VM, and no root where the system allows unprivileged user namespaces. */
export function netnsProvider(options: NetnsOptions): ClusterProvider {
  return {
    kind: 'netns',
    // Loaded when it is asked for: a run does without it.
    preflight: async (signal) => (await import('./preflight.js')).findings(options, signal),
    check(config, manifests) {
      loadKindConfig(config);
      planManifests(manifests);
    },
    create: (request) => create(options, request),
    status: async () => (await import('./kept.js')).keptClusters(recordsFolder(options.env)),
    down: async (name, signal) => (await import('./kept.js')).endKept(recordsFolder(options.env), name, signal),
  };
}

async function create(options: NetnsOptions, request: ClusterRequest): Promise<Cluster> {
  const acquired = new CleanupStack();
  // The sandbox comes up while the cluster file is read.
  const starting = startHolder(options);
  acquired.add('the sandbox', async () => (await starting.catch(() => undefined))?.[Symbol.asyncDispose]());
  try {
    const config = loadKindConfig(request.config);
    if (config.notHonoured.length > 0) request.warn(notHonoured(config.notHonoured));
    const holder = await starting;
    request.signal.throwIfAborted();
    const cluster = await NetnsCluster.create(holder, request, config, remember(options, request));
    if (request.publish) cluster.own('the published ports', await publish(publishedPorts(config), holder));
    return cluster;
  } catch (error) {
    await acquired.run();
    throw error;
  }
}

/** A cluster that cannot be written down is kept all the same: the words that enter and end it are all that it takes. */
function remember(options: NetnsOptions, request: ClusterRequest): Remember {
  return async (kept) => {
    try {
      await writeRecord(recordsFolder(options.env), kept);
    } catch (error) {
      request.warn(notRecorded(error instanceof Error ? error.message : String(error)));
    }
  };
}

function notRecorded(why: string): Warning {
  return {
    code: 'not-recorded',
    text: {
      en: `'svclab status' and 'svclab down' will not find this cluster: ${why}`,
      ko: `'svclab status'와 'svclab down'이 이 클러스터를 찾지 못합니다: ${why}`,
    },
  };
}

function notHonoured(fields: readonly string[]): Warning {
  const list = fields.join(', ');
  return {
    code: 'not-honoured',
    text: {
      en: `the embedded cluster has no API server and cannot honour: ${list}`,
      ko: `내장 클러스터에는 API 서버가 없어 다음을 반영할 수 없습니다: ${list}`,
    },
  };
}

/** @throws UnmetError, with what to do, when the system does not let this user have namespaces. */
async function startHolder(options: NetnsOptions): Promise<Holder> {
  try {
    return await Holder.start({
      script: fileURLToPath(new URL('./agent/main.js', import.meta.url)),
      // A small heap: at every command that it starts, the kernel copies the page tables of all that the agent holds.
      nodeOptions: ['--no-warnings', '--max-semi-space-size=1'],
      root: options.root,
      env: options.env,
    });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    if (!/unshare/.test(said)) throw error;
    throw new UnmetError(`the embedded cluster needs namespaces of its own, and the system refused them: ${said}`, {
      hint: await (await import('./preflight.js')).sandboxHint(options),
      cause: error,
    });
  }
}

function publishedPorts(config: KindConfig): readonly PublishedPort[] {
  const { nodes } = hostsOf(config.nodes, config.podSubnet);
  return config.nodes.flatMap((node, i) =>
    node.portMappings.map(({ hostPort, containerPort }) => ({ hostPort, port: containerPort, address: nodes[i]?.address ?? '' })),
  );
}
