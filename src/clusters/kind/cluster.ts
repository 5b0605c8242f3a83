import { CleanupStack } from '../../core/cleanup.js';
import type { Cluster, KubeObject, ManifestSource, ObjectRef } from '../../core/cluster.js';
import { EnvironmentError, UsageError } from '../../core/errors.js';
import type { Executor, Place } from '../../core/executor.js';
import { waitFor } from '../../core/wait.js';
import { isRecord, itemsOf } from '../../objects/source/pick.js';
import type { KindConfig } from '../../schema/kind-config.js';
import { loadImages } from './load-images.js';
import { imagesByNode, objectsToApply } from './manifests.js';
import { chainsFound, chainsWanted, nodeAddresses, unready } from './settled.js';
import { Sidecars } from './sidecars.js';
import type { Tools } from './tools.js';

/** The container on the nodes' network that asks from outside. */
const outsideClient = 'mypc';
/** kube-proxy waits at most this long between a change and its sync (kubeadm's default `minSyncPeriod: 1s`), and some time for the sync itself. */
const quietMs = 1_300;

/** A real cluster that kind made. */
export class KindCluster implements Cluster {
  readonly provider = 'kind';
  readonly name: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly #tools: Tools;
  readonly #config: KindConfig;
  readonly #sidecars: Sidecars;
  readonly #cleanup: CleanupStack;
  readonly #temporary: CleanupStack;
  /** What `apply` has put there, to be taken away from a cluster that stays. */
  readonly #applied = new Map<string, ObjectRef>();
  /** The cluster was there before. */
  readonly #reused: boolean;

  /** @param options `cleanup`: what ends with the cluster, its deletion where it was made here; `temporary`: what goes even when it stays. */
  constructor(
    tools: Tools,
    config: KindConfig,
    options: { readonly cleanup: CleanupStack; readonly temporary: CleanupStack; readonly reused: boolean },
  ) {
    this.name = config.name;
    this.podSubnet = config.podSubnet;
    this.serviceSubnet = config.serviceSubnet;
    this.#tools = tools;
    this.#config = config;
    this.#cleanup = options.cleanup;
    this.#temporary = options.temporary;
    this.#reused = options.reused;
    this.#sidecars = new Sidecars(tools, config.name);
  }

  executor(place: Place): Executor {
    const [kind, name] = place.split('/');
    if (place === 'local') return this.#tools.local;
    if (kind === 'node' && !this.#config.nodes.some((node) => node.name === name)) throw new UsageError(`the cluster has no ${place}`);
    if (kind === 'client' && name !== outsideClient) throw new UsageError(`the cluster has no ${place}`);
    return this.#sidecars.at(place);
  }

  async apply(manifests: readonly ManifestSource[], signal: AbortSignal): Promise<void> {
    const objects = objectsToApply(manifests);
    const nodes = this.#config.nodes.map((node) => node.name);
    await loadImages(this.#tools, this.name, imagesByNode(objects, nodes), signal);
    for (const object of objects) this.#remember(object);
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    await this.#tools.kubectl(['apply', '--filename', '-'], { input: list, signal });
    await this.#settle(signal);
  }

  async patch(ref: ObjectRef, patch: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> {
    await this.#tools.kubectl(['patch', ...words(ref), '--type', 'merge', '--patch', JSON.stringify(patch)], { signal });
    await this.#settle(signal);
  }

  async delete(ref: ObjectRef, signal: AbortSignal): Promise<void> {
    await this.#tools.kubectl(['delete', ...words(ref), '--wait', '--timeout', '60s'], { signal, timeoutMs: 70_000 });
    this.#sidecars.forgetPods();
    await this.#settle(signal);
  }

  async objects(signal: AbortSignal): Promise<readonly KubeObject[]> {
    const text = await this.#tools.kubectl(
      ['get', 'nodes,pods,services,endpointslices.discovery.k8s.io,deployments', '--all-namespaces', '--output', 'json'],
      { signal },
    );
    const list: unknown = JSON.parse(text);
    return isRecord(list) ? itemsOf(list['items']).filter(isKubeObject) : [];
  }

  async versions(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const node = this.executor(`node/${this.#config.nodes[0]?.name ?? ''}`);
    const ask = async (...argv: string[]): Promise<string> => {
      const result = await node.run(argv, { signal });
      return `${result.stdout}${result.stderr}`.split('\n')[0]?.trim() ?? '';
    };
    const nodeInfo =
      '{.items[0].status.nodeInfo.kubeletVersion} {.items[0].status.nodeInfo.kubeProxyVersion} {.items[0].status.nodeInfo.containerRuntimeVersion} {.items[0].status.nodeInfo.kernelVersion}';
    const [info, kind, iptables, nft, tcpdump, conntrack, ip, curl] = await Promise.all([
      this.#tools.kubectl(['get', 'nodes', '--output', `jsonpath=${nodeInfo}`], { signal }),
      this.#tools.kind(['version'], { signal }),
      ask('iptables', '--version'),
      ask('nft', '--version'),
      ask('tcpdump', '--version'),
      ask('conntrack', '--version'),
      ask('ip', '-V'),
      ask('curl', '--version'),
    ]);
    const [kubelet = '', kubeProxy = '', containerd = '', kernel = ''] = info.split(' ');
    return {
      kernel,
      iptables,
      nft,
      tcpdump,
      conntrack,
      ip,
      curl,
      kubelet,
      'kube-proxy': kubeProxy,
      'container runtime': containerd,
      kind: kind.trim(),
      cluster: 'kind',
    };
  }

  async keep(): Promise<{ readonly enter: readonly string[]; readonly end: readonly string[] }> {
    await this.#sidecars[Symbol.asyncDispose]();
    await this.#temporary.run();
    return {
      enter: ['docker', 'exec', '--interactive', '--tty', this.#config.nodes[0]?.name ?? '', 'bash'],
      end: ['kind', 'delete', 'cluster', '--name', this.name],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = new CleanupStack();
    all.use('the cluster', this.#cleanup);
    if (this.#reused) all.add('the workloads', () => this.#deleteApplied());
    all.use('the sidecars', this.#sidecars);
    await all.run();
  }

  async #deleteApplied(): Promise<void> {
    for (const ref of this.#applied.values()) {
      await this.#tools.kubectl(['delete', ...words(ref), '--ignore-not-found', '--wait', '--timeout', '60s'], { timeoutMs: 70_000 });
    }
  }

  #remember(object: Readonly<Record<string, unknown>>): void {
    if (!isKubeObject(object)) return;
    const ref = { kind: object.kind, namespace: object.metadata.namespace ?? 'default', name: object.metadata.name };
    this.#applied.set(`${ref.kind}/${ref.namespace}/${ref.name}`, ref);
  }

  /** Everything Ready, the EndpointSlices complete, kube-proxy's chains in place on every node, and no sync since: by evidence, not by time alone. */
  async #settle(signal: AbortSignal): Promise<void> {
    const patience = { intervalMs: 500, timeoutMs: 120_000, signal };
    await waitFor(
      'the cluster',
      async () => {
        const objects = await this.objects(signal);
        const why = unready(objects);
        if (why !== undefined) throw new EnvironmentError(why);
        await Promise.all(nodeAddresses(objects).map((node) => this.#chainsInPlace(objects, node, signal)));
        return true;
      },
      patience,
    );
    await waitFor(
      'the rules to settle',
      async () => {
        const before = await this.#handles(signal);
        await new Promise((resolve) => setTimeout(resolve, quietMs));
        if (before !== (await this.#handles(signal))) throw new EnvironmentError('kube-proxy has just written them again');
        return true;
      },
      patience,
    );
  }

  async #chainsInPlace(
    objects: readonly KubeObject[],
    node: { readonly name: string; readonly ip: string },
    signal: AbortSignal,
  ): Promise<void> {
    const save = await this.executor(`node/${node.name}`).run(['iptables-save', '-t', 'nat'], { signal });
    const wanted = chainsWanted(objects, node, this.podSubnet);
    const found = chainsFound(save.stdout);
    if (wanted !== found) throw new EnvironmentError(`${node.name} holds the chains ${found}, and should hold ${wanted}`);
  }

  /** The rules of KUBE-SERVICES with their handles: each sync makes them anew. */
  async #handles(signal: AbortSignal): Promise<string> {
    const read = async (name: string): Promise<string> =>
      (await this.executor(`node/${name}`).run(['nft', '-s', '-a', 'list', 'chain', 'ip', 'nat', 'KUBE-SERVICES'], { signal })).stdout;
    return (await Promise.all(this.#config.nodes.map((node) => read(node.name)))).join('');
  }
}

function words(ref: ObjectRef): readonly string[] {
  return [`${ref.kind.toLowerCase()}/${ref.name}`, ...(ref.kind === 'Node' ? [] : ['--namespace', ref.namespace])];
}

/** What the API server gives is an object of its own schema; its name and kind are all that is looked at here. */
function isKubeObject(value: unknown): value is KubeObject {
  return (
    isRecord(value) &&
    typeof value['kind'] === 'string' &&
    typeof value['apiVersion'] === 'string' &&
    isRecord(value['metadata']) &&
    typeof value['metadata']['name'] === 'string'
  );
}
