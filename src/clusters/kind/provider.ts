import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CleanupStack } from '../../core/cleanup.js';
import type { Cluster, ClusterProvider, ClusterRequest, Finding } from '../../core/cluster.js';
import { UnmetError, UsageError } from '../../core/errors.js';
import { type Executor, succeeded } from '../../core/executor.js';
import { localExecutor } from '../../exec/local.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import { KindCluster } from './cluster.js';
import { objectsToApply } from './manifests.js';
import { type Tools, toolsFor } from './tools.js';

const kindVersion = 'v0.24.0';
const localImage = 'svclab/node:v1.31.0';
/** kind v0.24.0's image for Kubernetes v1.31.0, by its digest. */
const publishedImage = 'kindest/node:v1.31.0@sha256:53df588e04085fd41ae12de0c3fe4c72f7013bba32a20e7325357a1ac94ba865';
/** Set on every node of a cluster that was made here: the digest of its configuration. */
const annotation = 'svclab.dev/config';

/** Real clusters, made by kind on this machine's Docker engine. */
export function kindProvider(): ClusterProvider {
  const local = localExecutor({ LC_ALL: 'C' });
  return {
    kind: 'kind',
    preflight: (signal) => findings(local, signal),
    check(config, manifests) {
      loadKindConfig(config);
      objectsToApply(manifests);
    },
    create: (request) => create(local, request),
    status: async () => [],
    down: async () => [],
  };
}

async function findings(local: Executor, signal: AbortSignal): Promise<readonly Finding[]> {
  const ask = async (what: string, argv: readonly string[], fits: RegExp, hint: string): Promise<Finding> => {
    const result = await local.run(argv, { signal });
    const detail = `${result.stdout}${result.stderr}`.trim().split('\n')[0] ?? '';
    return succeeded(result) && fits.test(detail) ? { what, ok: true, detail } : { what, ok: false, detail: detail || 'not found', hint };
  };
  return Promise.all([
    ask(
      'docker',
      ['docker', 'version', '--format', '{{.Server.Version}}'],
      /\d/,
      'install Docker, start it, and let this user use its socket',
    ),
    ask(
      'kind',
      ['kind', 'version'],
      new RegExp(`kind ${kindVersion.replaceAll('.', '\\.')}\\b`),
      `go install sigs.k8s.io/kind@${kindVersion}`,
    ),
    ask('kubectl', ['kubectl', 'version', '--client'], /\d/, 'install kubectl v1.31'),
  ]);
}

/** Takes a running cluster of the same configuration, or makes one. @throws UnmetError, UsageError, EnvironmentError */
async function create(local: Executor, request: ClusterRequest): Promise<Cluster> {
  const config = loadKindConfig(request.config);
  const { signal } = request;
  const [missing] = (await findings(local, signal)).filter((finding) => !finding.ok);
  if (missing !== undefined)
    throw new UnmetError(`${missing.what}: ${missing.detail}`, missing.hint === undefined ? {} : { hint: missing.hint });
  const cleanup = new CleanupStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'svclab-kind-'));
    // Apart from the rest, since it goes too when the cluster stays.
    const temporary = cleanup.use('the temporary files', new CleanupStack());
    temporary.add('the kubeconfig', () => rm(folder, { recursive: true, force: true }));
    const kubeconfig = join(folder, 'kubeconfig');
    const tools = toolsFor(local, kubeconfig);
    const digest = createHash('sha256').update(request.config.text).digest('hex');
    const there = (await tools.kind(['get', 'clusters'], { signal })).split('\n').includes(config.name);
    if (there) await reuse(tools, config.name, kubeconfig, digest, request);
    else await make(tools, config.name, kubeconfig, digest, request, cleanup);
    return new KindCluster(tools, config, { cleanup, temporary, reused: there });
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function reuse(tools: Tools, name: string, kubeconfig: string, digest: string, request: ClusterRequest): Promise<void> {
  await tools.kind(['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig], { signal: request.signal });
  const path = `jsonpath={.items[0].metadata.annotations.${annotation.replaceAll('.', '\\.')}}`;
  const found = (await tools.kubectl(['get', 'nodes', '--output', path], { signal: request.signal })).trim();
  const end = `'kind delete cluster --name ${name}' removes it`;
  if (found === '')
    throw new UsageError(`a cluster named ${name} is there, and svclab did not make it`, { hint: `svclab leaves it alone; ${end}` });
  if (found !== digest) throw new UsageError(`the running cluster ${name} has another configuration`, { hint: end });
  request.warn({
    code: 'reused',
    text: {
      en: `the running cluster ${name} is used and left running`,
      ko: `이미 떠 있는 클러스터 ${name}을(를) 쓰고, 끝난 뒤에도 남겨 둡니다`,
    },
  });
}

async function make(
  tools: Tools,
  name: string,
  kubeconfig: string,
  digest: string,
  request: ClusterRequest,
  cleanup: CleanupStack,
): Promise<void> {
  const { signal } = request;
  cleanup.add(`the cluster ${name}`, async () => {
    await tools.kind(['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig], { timeoutMs: 120_000 });
  });
  const built = await tools.local.run(['docker', 'image', 'inspect', '--format', '{{.Id}}', localImage], { signal });
  const image = succeeded(built) ? localImage : publishedImage;
  const argv = ['create', 'cluster', '--name', name, '--config', '-', '--image', image, '--kubeconfig', kubeconfig, '--wait', '120s'];
  await tools.kind(argv, { input: request.config.text, signal, timeoutMs: 600_000 });
  await tools.kubectl(['annotate', 'nodes', '--all', `${annotation}=${digest}`], { signal });
}
