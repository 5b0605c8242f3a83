import { CleanupStack } from '../../core/cleanup.js';
import type { Cluster, KubeObject, ManifestSource, ObjectRef, OutsideClient, ProxyMode } from '../../core/cluster.js';
import { EnvironmentError, UnmetError, UsageError } from '../../core/errors.js';
import { type Executor, type Place, succeeded } from '../../core/executor.js';
import type { Text } from '../../core/text.js';
import { waitFor } from '../../core/wait.js';
import { isRecord, itemsOf } from '../../objects/source/pick.js';
import type { KindConfig } from '../../schema/kind-config.js';
import { loadImages } from './load-images.js';
import { imagesByNode, objectsToApply } from './manifests.js';
import { NodeEnded, NodeWatch } from './node-watch.js';
import { chainsFound, chainsWanted, nodeAddresses, unready, unreadyPod } from './settled.js';
import type { Sidecars } from './sidecars.js';
import type { Tools } from './tools.js';
import { versions } from './versions.js';

/** The container on the nodes' network that asks from outside. */
const outsideClient = 'mypc';
/** kube-proxy waits at most this long between a change and its sync (kubeadm's default `minSyncPeriod: 1s`), and some time for the sync itself. */
const quietMs = 1_300;

export interface KindClusterOptions {
  readonly tools: Tools;
  readonly config: KindConfig;
  readonly sidecars: Sidecars;
  /** What ends with the cluster: its deletion where it was made here. */
  readonly cleanup: CleanupStack;
  /** What goes even when the cluster stays. */
  readonly temporary: CleanupStack;
  /** The cluster was there before, and stays. */
  readonly reused: boolean;
  readonly progress: (text: Text) => void;
}

/** A real cluster that kind made. */
export class KindCluster implements Cluster {
  readonly provider = 'kind';
  readonly name: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly #options: KindClusterOptions;
  /** What `apply` has put there, to be taken away from a cluster that stays. */
  readonly #applied = new Map<string, Written>();
  /** The images of the workloads, with the engine's ids. */
  #images: ReadonlyMap<string, string> = new Map();
  readonly #watch: NodeWatch;

  constructor(options: KindClusterOptions) {
    this.name = options.config.name;
    this.podSubnet = options.config.podSubnet;
    this.serviceSubnet = options.config.serviceSubnet;
    this.#options = options;
    this.#watch = new NodeWatch(options.tools.docker, options.config);
  }

  executor(place: Place): Executor {
    const { tools, config, sidecars } = this.#options;
    const [kind, name] = place.split('/');
    if (place === 'local') return tools.local;
    if ((kind === 'node' || kind === 'machine') && !config.nodes.some((node) => node.name === name))
      throw new UsageError(`the cluster has no ${place}`);
    if (kind === 'client' && name !== outsideClient) throw new UsageError(`the cluster has no ${place}`);
    return this.#watch.over(kind === 'machine' ? sidecars.insideNode(name ?? '') : sidecars.at(place));
  }

  async apply(manifests: readonly ManifestSource[], signal: AbortSignal): Promise<void> {
    const { tools, config, sidecars, progress } = this.#options;
    const items = objectsToApply(manifests);
    const nodes = config.nodes.map((node) => node.name);
    await this.#watch.blaming(async () => {
      await sidecars.prepare(nodes);
      const inside = (node: string): Executor => sidecars.insideNode(node);
      this.#images = await loadImages(tools, { cluster: this.name, wanted: imagesByNode(items, nodes), inside, progress, signal });
      const there = new Set((await this.objects(signal)).map(keyOf));
      for (const item of items) if (!there.has(keyOf(item))) this.#applied.set(keyOf(item), item);
      progress({ en: 'applying the manifests', ko: '매니페스트 적용' });
      // A hundred objects take kubectl half a minute on a busy machine.
      await tools.kubectl(['apply', '--filename', '-'], { input: listOf(items), signal, timeoutMs: 180_000 });
      await this.#settle(signal);
    });
  }

  async patch(ref: ObjectRef, patch: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> {
    await this.#watch.blaming(async () => {
      await this.#options.tools.kubectl(['patch', ...words(ref), '--type', 'merge', '--patch', JSON.stringify(patch)], { signal });
      await this.#settle(signal);
    });
  }

  async delete(ref: ObjectRef, signal: AbortSignal): Promise<void> {
    await this.#watch.blaming(async () => {
      await this.#options.tools.kubectl(['delete', ...words(ref), '--wait', '--timeout', '60s'], { signal, timeoutMs: 70_000 });
      await this.#options.sidecars.forgetPods();
      await this.#settle(signal);
    });
  }

  async setProxyMode(mode: ProxyMode): Promise<void> {
    if (mode !== 'iptables') throw new UnmetError(`this cluster has no proxy mode ${mode}`);
  }

  async outside(name: string, signal: AbortSignal): Promise<OutsideClient> {
    if (name !== outsideClient) throw new UsageError(`the cluster has no client ${name}`, { hint: `it has ${outsideClient}` });
    const address = await this.#watch.blaming(() => this.#options.sidecars.addressOf(`client/${name}`, signal));
    return { apiVersion: 'svclab/v1', kind: 'Client', metadata: { name }, status: { address } };
  }

  async objects(signal: AbortSignal): Promise<readonly KubeObject[]> {
    const argv = ['get', 'nodes,pods,services,endpointslices.discovery.k8s.io,deployments', '--all-namespaces', '--output', 'json'];
    const [text] = await Promise.all([this.#watch.blaming(() => this.#options.tools.kubectl(argv, { signal })), this.#watch.mustRun()]);
    const list: unknown = JSON.parse(text);
    return isRecord(list) ? itemsOf(list['items']).filter(isKubeObject) : [];
  }

  async versions(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const node = this.executor(`node/${this.#options.config.nodes[0]?.name ?? ''}`);
    const found = await versions(this.#options.tools, node, signal);
    return { ...found, ...Object.fromEntries([...this.#images].map(([name, id]) => [`image ${name}`, id])) };
  }

  async keep(): Promise<{ readonly enter: readonly string[]; readonly end: readonly string[] }> {
    await this.#options.sidecars[Symbol.asyncDispose]();
    await this.#options.temporary.run();
    return waysOf(this.#options.config.nodes[0]?.name ?? '');
  }

  readonly leave = async (): Promise<void> => {
    const all = new CleanupStack();
    all.use('the temporary files', this.#options.temporary);
    all.use('the sidecars', this.#options.sidecars);
    all.add('the workloads', () => this.#deleteApplied());
    await all.run();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    const all = new CleanupStack();
    all.use('the cluster', this.#options.cleanup);
    if (this.#options.reused) all.add('the workloads', () => this.#deleteApplied());
    all.use('the sidecars', this.#options.sidecars);
    await all.run();
  }

  async #deleteApplied(): Promise<void> {
    if (this.#applied.size === 0) return;
    const { tools } = this.#options;
    const argv = [...tools.kubectlPrefix, 'delete', '--filename', '-', '--ignore-not-found', '--wait', '--timeout', '60s'];
    const once = () => tools.local.run(argv, { input: listOf([...this.#applied.values()]), timeoutMs: 70_000 });
    await this.#watch.blaming(async () => {
      let result = await once();
      // A terminal's Ctrl-C has reached it too.
      if (result.ended === 'signal') result = await once();
      if (!succeeded(result)) throw new EnvironmentError(`they are still there: ${result.stderr.trim() || result.ended}`);
    });
    this.#applied.clear();
  }

  /** Everything Ready, the EndpointSlices complete, kube-proxy's chains in place on every node, and no sync since: by evidence, not by time alone. */
  async #settle(signal: AbortSignal): Promise<void> {
    const broken = new AbortController();
    const patience = { intervalMs: 200, timeoutMs: 120_000, signal: AbortSignal.any([signal, broken.signal]) };
    /** What can no longer come true is not waited for. */
    const wait = (what: string, look: () => Promise<void>): Promise<boolean> => {
      const once = async (): Promise<boolean> => {
        await look().catch((error: unknown) => {
          if (error instanceof NodeEnded) broken.abort(error);
          throw error;
        });
        return true;
      };
      return waitFor(what, once, patience);
    };
    let objects: readonly KubeObject[] = [];
    try {
      await wait('the cluster', async () => {
        objects = await this.objects(signal);
        const why = unready(objects);
        if (why !== undefined) throw new EnvironmentError(why);
        await Promise.all(nodeAddresses(objects).map((node) => this.#chainsInPlace(objects, node, signal)));
      });
    } catch (error) {
      throw error instanceof EnvironmentError ? await this.#withLastWords(error, unreadyPod(objects), signal) : error;
    }
    await wait('the rules to settle', async () => {
      const before = await this.#handles(signal);
      await new Promise((resolve) => setTimeout(resolve, quietMs));
      if (before !== (await this.#handles(signal))) throw new EnvironmentError('kube-proxy has just written them again');
    });
  }

  /** What a pod that does not become Ready said last, where it said anything. */
  async #withLastWords(error: EnvironmentError, pod: KubeObject | undefined, signal: AbortSignal): Promise<EnvironmentError> {
    if (pod === undefined) return error;
    const { kubectlPrefix, local } = this.#options.tools;
    const which = ['logs', pod.metadata.name, '--namespace', pod.metadata.namespace ?? 'default', '--tail', '3'];
    const logs = await local.run([...kubectlPrefix, ...which], { signal });
    const words = logs.stdout.trim();
    if (words === '') return error;
    const hint = /too many open files/.test(words)
      ? "this machine gives too few inotify instances: 'sudo sysctl fs.inotify.max_user_instances=512'; then run with --fresh"
      : error.hint;
    return new EnvironmentError(`${error.message}; it said: ${words}`, { ...(hint === undefined ? {} : { hint }), cause: error });
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
    return (await Promise.all(this.#options.config.nodes.map((node) => read(node.name)))).join('');
  }
}

/** How to get into a cluster, and how to end it. */
export function waysOf(node: string): { readonly enter: readonly string[]; readonly end: readonly string[] } {
  return { enter: ['docker', 'exec', '--interactive', '--tty', node, 'bash'], end: ['svclab', 'down', '--cluster', 'kind'] };
}

type Written = Readonly<Record<string, unknown>>;

function keyOf(object: Written | KubeObject): string {
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {};
  return [object['kind'], metadata['namespace'] ?? 'default', metadata['name']].join('/');
}

function listOf(items: readonly Written[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
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
