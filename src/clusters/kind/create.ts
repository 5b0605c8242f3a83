import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CleanupStack } from '../../core/cleanup.js';
import type { Cluster, ClusterRequest } from '../../core/cluster.js';
import { UnmetError } from '../../core/errors.js';
import { untilDone } from '../../core/interrupt.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import { KindCluster } from './cluster.js';
import type { Machine } from './machine.js';
import { type Making, makeCluster } from './make-cluster.js';
import type { EngineFindings } from './preflight/engine.js';
import { kindFindings } from './preflight.js';
import { proxyEvidence } from './proxy-evidence.js';
import { Sidecars } from './sidecars.js';
import { takeOver } from './take-over.js';
import { temporaryFolder } from './temporary.js';
import { toolsFor } from './tools.js';
import { type Waking, wake } from './wake.js';

/** Takes the cluster of that name which svclab made, or makes one. @throws UnmetError, UsageError, EnvironmentError */
export async function create(
  machine: Machine,
  request: ClusterRequest,
  { env, digest, engine }: { readonly env: NodeJS.ProcessEnv; readonly digest: string; readonly engine: EngineFindings },
): Promise<Cluster> {
  const config = loadKindConfig(request.config);
  proxyEvidence(config.kubeProxyMode);
  const { signal, progress } = request;
  const looked = { env, config: request.config, programs: machine.programs, engine };
  const missing = (await kindFindings(machine.local, looked, signal)).find((finding) => !finding.ok);
  signal.throwIfAborted();
  if (missing !== undefined)
    throw new UnmetError(`${missing.what}: ${missing.detail}`, missing.hint === undefined ? {} : { hint: missing.hint });
  const cleanup = new CleanupStack();
  // Nobody but svclab ends what it has made.
  cleanup.add(
    'patience',
    untilDone(signal, () => request.warn(patience(config.name))),
  );
  try {
    const there = await takeOver(machine, config.name, {
      ...{ config: request.config, digest, fresh: request.fresh },
      ending: () => progress({ en: `ending the old cluster ${config.name}`, ko: `있던 클러스터 ${config.name} 지우기` }),
    });
    signal.throwIfAborted();
    const folder = await temporaryFolder(machine.maker);
    // Apart from the rest, since it goes too when the cluster stays.
    const temporary = cleanup.use('the temporary files', new CleanupStack());
    temporary.add('the kubeconfig', () => rm(folder, { recursive: true, force: true }));
    const kubeconfig = join(folder, 'kubeconfig');
    const tools = toolsFor(machine, machine.programs, kubeconfig);
    const sidecars = new Sidecars(tools, config, request);
    const cluster = new KindCluster({ tools, config, sidecars, cleanup, temporary, reused: there !== undefined, progress });
    if (there === undefined) await make(cluster, sidecars, { machine, tools, config, folder, kubeconfig, digest, request, cleanup });
    else await reuse(cluster, sidecars, { tools, config, ...there, kubeconfig, request });
    return cluster;
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

function patience(name: string): Parameters<ClusterRequest['warn']>[0] {
  return {
    code: 'ending',
    text: {
      en: `${name}: still cleaning up; interrupt once more to stop at once and leave the rest as it is`,
      ko: `${name}: 아직 정리하고 있습니다. 한 번 더 중단하면 남은 것을 그대로 두고 바로 끝납니다`,
    },
  };
}

async function make(cluster: KindCluster, sidecars: Sidecars, making: Omit<Making, 'begun'>): Promise<void> {
  const { kubeconfig, request } = making;
  const headStart = request.manifests === undefined ? undefined : cluster.headStart(request.manifests, kubeconfig, request.signal);
  try {
    await makeCluster({ ...making, begun: headStart?.begun });
  } catch (error) {
    // Nothing may come about beside what is now ended.
    await headStart?.[Symbol.asyncDispose]();
    await sidecars.letGo();
    throw error;
  }
}

/** As the cluster file has it, whatever a killed run left behind. */
async function inRightMode(cluster: KindCluster, { signal, warn }: ClusterRequest): Promise<void> {
  if (!(await cluster.putProxyModeRight(signal))) return;
  const { name } = cluster;
  warn({
    code: 'proxy-mode',
    text: {
      en: `kube-proxy of ${name} was left in another mode than the cluster file has: put right`,
      ko: `${name}의 kube-proxy가 클러스터 파일과 다른 모드로 남아 있어 되돌렸습니다`,
    },
  });
}

async function reuse(cluster: KindCluster, sidecars: Sidecars, waking: Omit<Waking, 'restarting'>): Promise<void> {
  const { nodes, request } = waking;
  try {
    // They take as long to start as it takes to look at the cluster.
    if (nodes.every(({ state }) => state === 'running')) await sidecars.prepare(nodes.map(({ name }) => name));
    await wake({ ...waking, restarting: () => sidecars[Symbol.asyncDispose]() });
    const { name } = cluster;
    request.warn({
      code: 'reused',
      text: {
        en: `the running cluster ${name} is used and left running`,
        ko: `이미 떠 있는 클러스터 ${name}을(를) 쓰고, 끝난 뒤에도 남겨 둡니다`,
      },
    });
    await inRightMode(cluster, request);
  } catch (error) {
    await sidecars[Symbol.asyncDispose]();
    throw error;
  }
}
