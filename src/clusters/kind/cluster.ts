import { CleanupStack } from '../../core/cleanup.js';
import type { Cluster, ClusterFacts, KubeObject, ManifestSource, ObjectRef, OutsideClient, ProxyMode } from '../../core/cluster.js';
import { EnvironmentError, UsageError } from '../../core/errors.js';
import { type Executor, type Place, succeeded } from '../../core/executor.js';
import type { Text } from '../../core/text.js';
import type { KindConfig } from '../../schema/kind-config.js';
import { leftovers, marked, notingChange } from './leftovers.js';
import { loadImages } from './load-images.js';
import { imagesByNode, keyOf, objectsToApply, type Written } from './manifests.js';
import { networkRange } from './network.js';
import { NodeWatch } from './node-watch.js';
import { proxyEvidence } from './proxy-evidence.js';
import { changeMode, cleanUp, configuredMode, requireIpvs, rolledOut } from './proxy-mode.js';
import { tellingRefusals } from './refused.js';
import { settle, worksIn } from './settle.js';
import type { Sidecars } from './sidecars.js';
import type { Tools } from './tools.js';
import { versions } from './versions.js';

/** The container on the nodes' network that asks from outside. */
const outsideClient = 'mypc';

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
  /** Something has been applied. */
  #begun = false;
  /** The images of the workloads, with the engine's ids. */
  #images: ReadonlyMap<string, string> = new Map();
  readonly #watch: NodeWatch;
  /** What kube-proxy works in; undefined while that changes, and when a change did not come to its end. */
  #mode: ProxyMode | undefined;

  constructor(options: KindClusterOptions) {
    this.name = options.config.name;
    this.podSubnet = options.config.podSubnet;
    this.serviceSubnet = options.config.serviceSubnet;
    this.#options = options;
    this.#mode = options.config.kubeProxyMode;
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
    const items = marked(objectsToApply(manifests));
    const nodes = config.nodes.map((node) => node.name);
    await this.#watch.blaming(async () => {
      await sidecars.prepare(nodes);
      const inside = (node: string): Executor => sidecars.insideNode(node);
      const [objects, images] = await Promise.all([
        this.#withoutLeftovers(items, signal),
        loadImages(tools, { cluster: this.name, wanted: imagesByNode(items, nodes), inside, progress, signal }),
      ]);
      this.#images = images;
      const there = new Set(objects.map(keyOf));
      for (const item of items) if (!there.has(keyOf(item))) this.#applied.set(keyOf(item), item);
      progress({ en: 'applying the manifests', ko: '매니페스트 적용' });
      // A hundred objects take kubectl half a minute on a busy machine.
      await tellingRefusals(() => tools.kubectl(['apply', '--filename', '-'], { input: listOf(items), signal, timeoutMs: 180_000 }));
      await this.#settle(signal);
    });
  }

  async patch(ref: ObjectRef, patch: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> {
    await this.#watch.blaming(async () => {
      const noted = ref.kind === 'Node' ? patch : notingChange(patch);
      const argv = ['patch', ...words(ref), '--type', 'merge', '--patch', JSON.stringify(noted)];
      await tellingRefusals(() => this.#options.tools.kubectl(argv, { signal }));
      await this.#settle(signal);
    });
  }

  async delete(ref: ObjectRef, signal: AbortSignal): Promise<void> {
    await this.#watch.blaming(async () => {
      await this.#options.tools.kubectl(['delete', ...words(ref), '--wait', '--timeout', '60s'], { signal, timeoutMs: 70_000 });
      await this.#options.sidecars.forgetPod(ref.namespace, ref.name);
      await this.#settle(signal);
    });
  }

  async setProxyMode(mode: ProxyMode, signal: AbortSignal): Promise<void> {
    if (mode === this.#mode) return;
    proxyEvidence(mode);
    const [node] = this.#options.config.nodes;
    if (mode === 'ipvs') await requireIpvs(this.executor(`machine/${node?.name ?? ''}`), signal);
    this.#options.progress({ en: `kube-proxy: to mode ${mode}`, ko: `kube-proxy 모드 변경: ${mode}` });
    await this.#watch.blaming(async () => {
      await this.#changeMode(mode, signal);
      await this.#settle(signal, true);
    });
  }

  /** A run that was killed may have left another proxy mode than the cluster file has, or kube-proxy on its way to one. @returns whether it was so. */
  async putProxyModeRight(signal: AbortSignal): Promise<boolean> {
    const { tools, config, sidecars } = this.#options;
    const wanted = config.kubeProxyMode;
    const nodes = config.nodes.map(({ name }) => name);
    return this.#watch.blaming(async () => {
      await sidecars.prepare(nodes);
      if ((await configuredMode(tools, signal)) === wanted && (await worksIn(this.#settling(signal), nodes))) return false;
      await this.#changeMode(wanted, signal);
      await this.#settle(signal, true);
      return true;
    });
  }

  async outside(name: string, signal: AbortSignal): Promise<OutsideClient> {
    if (name !== outsideClient) throw new UsageError(`the cluster has no client ${name}`, { hint: `it has ${outsideClient}` });
    const address = await this.#watch.blaming(() => this.#options.sidecars.addressOf(`client/${name}`, signal));
    return { apiVersion: 'svclab/v1', kind: 'Client', metadata: { name }, status: { address } };
  }

  async facts(): Promise<ClusterFacts> {
    const { name, podSubnet, serviceSubnet } = this;
    const { subnet, gateway } = await this.#watch.blaming(() => networkRange(this.#options.tools.docker));
    return {
      apiVersion: 'svclab/v1',
      kind: 'Cluster',
      metadata: { name },
      spec: { podSubnet, serviceSubnet, nodeSubnet: subnet, gateway },
    };
  }

  async objects(signal: AbortSignal): Promise<readonly KubeObject[]> {
    const listed = () => this.#options.tools.api.list(['Node', 'Pod', 'Service', 'EndpointSlice', 'Deployment'], signal);
    const [objects] = await Promise.all([this.#watch.blaming(listed), this.#watch.mustRun()]);
    return objects;
  }

  async versions(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const node = this.executor(`node/${this.#options.config.nodes[0]?.name ?? ''}`);
    const found = await versions(this.#options.tools, node, signal);
    return { ...found, ...Object.fromEntries([...this.#images].map(([name, id]) => [`image ${name}`, id])) };
  }

  async keep(): Promise<{ readonly enter: readonly string[]; readonly end: readonly string[] }> {
    await this.#putBack();
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
    if (this.#options.reused) {
      all.add('the workloads', () => this.#deleteApplied());
      all.add("kube-proxy's mode", () => this.#putBack());
    }
    all.use('the sidecars', this.#options.sidecars);
    await all.run();
  }

  /** What is there, once what an earlier run left is gone: looked for before the first thing is applied. */
  async #withoutLeftovers(wanted: readonly Written[], signal: AbortSignal): Promise<readonly KubeObject[]> {
    const there = await this.objects(signal);
    const left = this.#begun ? [] : leftovers(there, wanted);
    this.#begun = true;
    if (left.length === 0) return there;
    this.#options.progress({ en: 'deleting what an earlier run left', ko: '이전 실행이 남긴 것 지우기' });
    await this.#deleteAll(left);
    return there.filter((object) => !left.includes(object));
  }

  async #deleteApplied(): Promise<void> {
    await this.#deleteAll([...this.#applied.values()]);
    this.#applied.clear();
  }

  async #deleteAll(objects: readonly (Written | KubeObject)[]): Promise<void> {
    if (objects.length === 0) return;
    const { tools } = this.#options;
    const argv = [...tools.kubectlPrefix, 'delete', '--filename', '-', '--ignore-not-found', '--wait', '--timeout', '60s'];
    const once = () => tools.local.run(argv, { input: listOf(objects), timeoutMs: 70_000 });
    await this.#watch.blaming(async () => {
      let result = await once();
      // A terminal's Ctrl-C has reached it too.
      if (result.ended === 'signal') result = await once();
      if (!succeeded(result)) throw new EnvironmentError(`they are still there: ${result.stderr.trim() || result.ended}`);
    });
  }

  /** @param alone also until nothing of other proxy modes is left. */
  async #settle(signal: AbortSignal, alone = false): Promise<void> {
    await settle({ ...this.#settling(signal), objects: (s) => this.objects(s), alone });
  }

  #settling(signal: AbortSignal) {
    const { tools, config } = this.#options;
    const beside = (node: string): Executor => this.executor(`node/${node}`);
    return { tools, beside, podSubnet: this.podSubnet, mode: this.#mode ?? config.kubeProxyMode, signal };
  }

  /** The pods of kube-proxy are made anew, so that whatever they were about ends. */
  async #changeMode(mode: ProxyMode, signal: AbortSignal): Promise<void> {
    const before = this.#mode;
    this.#mode = undefined;
    // What a killed run left is not known.
    if (mode === 'ipvs' || before === 'ipvs' || before === undefined) await cleanUp(this.#options.tools, signal);
    await changeMode(this.#options.tools, mode, signal);
    this.#mode = mode;
  }

  /** As the cluster file has it, for those who come after; what the rules are then, the next run looks at. */
  async #putBack(): Promise<void> {
    if (this.#mode === this.#options.config.kubeProxyMode) return;
    const { signal } = new AbortController();
    await this.#watch.blaming(async () => {
      await this.#changeMode(this.#options.config.kubeProxyMode, signal);
      await rolledOut(this.#options.tools, signal);
    });
  }
}

/** How to get into a cluster, and how to end it. */
export function waysOf(node: string): { readonly enter: readonly string[]; readonly end: readonly string[] } {
  return { enter: ['docker', 'exec', '--interactive', '--tty', node, 'bash'], end: ['svclab', 'down', '--cluster', 'kind'] };
}

function listOf(items: readonly (Written | KubeObject)[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

function words(ref: ObjectRef): readonly string[] {
  return [`${ref.kind.toLowerCase()}/${ref.name}`, ...(ref.kind === 'Node' ? [] : ['--namespace', ref.namespace])];
}
