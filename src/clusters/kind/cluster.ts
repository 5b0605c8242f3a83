import { CleanupStack } from '../../core/cleanup.js';
import type { Cluster, ClusterFacts, KubeObject, ManifestSource, ObjectRef, OutsideClient, ProxyMode } from '../../core/cluster.js';
import { UsageError } from '../../core/errors.js';
import type { Executor, Place } from '../../core/executor.js';
import type { Text } from '../../core/text.js';
import type { KindConfig } from '../../schema/kind-config.js';
import { GonePods } from './gone-pods.js';
import { HeadStart } from './head-start.js';
import { notingChange } from './leftovers.js';
import { networkRange } from './network.js';
import { NodeWatch } from './node-watch.js';
import { proxyEvidence } from './proxy-evidence.js';
import { changeMode, cleanUp, configuredMode, requireIpvs, rolledOut } from './proxy-mode.js';
import { reachAhead } from './reach-ahead.js';
import { settle, worksIn } from './settle.js';
import { rulesInput, unready } from './settled.js';
import type { Sidecars } from './sidecars.js';
import type { Tools } from './tools.js';
import { versions } from './versions.js';
import { waysOf } from './ways.js';
import { Workloads } from './workloads.js';

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
  readonly #workloads: Workloads;
  readonly #watch: NodeWatch;
  #headStart: HeadStart | undefined;
  readonly #gonePods = new GonePods();
  /** What kube-proxy works in; undefined while that changes, and when a change did not come to its end. */
  #mode: ProxyMode | undefined;
  /** What the rules were written from when they had settled last; undefined while they change. */
  #settledFor: string | undefined;
  #versions: ReturnType<typeof versions> | undefined;
  readonly #expected: Place[] = [];

  constructor(options: KindClusterOptions) {
    this.name = options.config.name;
    this.podSubnet = options.config.podSubnet;
    this.serviceSubnet = options.config.serviceSubnet;
    this.#options = options;
    this.#mode = options.config.kubeProxyMode;
    this.#watch = new NodeWatch(options.tools.docker, options.config);
    this.#workloads = new Workloads({
      ...options,
      cluster: this.name,
      nodes: options.config.nodes.map((node) => node.name),
      inside: (node) => options.sidecars.insideNode(node),
      objects: (signal) => this.objects(signal),
    });
  }

  /** Begins with what `apply` will be asked for, while the cluster is made. */
  headStart(manifests: readonly ManifestSource[], kubeconfig: string, signal: AbortSignal): HeadStart {
    this.#headStart = new HeadStart({ ...this.#options, workloads: this.#workloads, manifests, kubeconfig, signal });
    return this.#headStart;
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

  expect(places: readonly Place[]): void {
    this.#expected.push(...places);
  }

  async apply(manifests: readonly ManifestSource[], signal: AbortSignal): Promise<void> {
    const { config, sidecars } = this.#options;
    const settled = new AbortController();
    await this.#watch.blaming(async () => {
      await sidecars.prepare(config.nodes.map((node) => node.name));
      if (!(await this.#takeHeadStart(manifests))) {
        const changed = await this.#workloads.apply(manifests, signal);
        if (!changed && (await this.#isSettled(signal))) return;
      }
      // The machine has nothing else to do while it is looked whether the rules stay as they are.
      this.#askVersions(signal).catch(() => {});
      const until = AbortSignal.any([signal, settled.signal]);
      for (const place of this.#expected.splice(0)) reachAhead(place, { ...this.#options, signal: until });
      await this.#settle(signal).finally(() => settled.abort());
    });
  }

  async patch(ref: ObjectRef, patch: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> {
    await this.#watch.blaming(async () => {
      const noted = ref.kind === 'Node' ? patch : notingChange(patch);
      await this.#options.tools.api.patch(ref, noted, signal);
      // Fewer replicas: no rule leads to the others any more; that they have ended, the next apply or delete waits for.
      await this.#settle(signal, { ended: false });
    });
  }

  async delete(ref: ObjectRef, signal: AbortSignal): Promise<void> {
    await this.#watch.blaming(async () => {
      await this.#options.tools.api.delete(ref, signal);
      await this.#options.sidecars.forgetPod(ref.namespace, ref.name);
      await this.#settle(signal);
    });
  }

  get proxyMode(): ProxyMode | undefined {
    return this.#mode;
  }

  async setProxyMode(mode: ProxyMode, signal: AbortSignal): Promise<void> {
    if (mode === this.#mode) return;
    proxyEvidence(mode);
    const [node] = this.#options.config.nodes;
    if (mode === 'ipvs') await requireIpvs(this.executor(`machine/${node?.name ?? ''}`), signal);
    this.#options.progress({ en: `kube-proxy: to mode ${mode}`, ko: `kube-proxy 모드 변경: ${mode}` });
    await this.#watch.blaming(async () => {
      await this.#changeMode(mode, signal);
      await this.#settle(signal, { alone: true });
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
      await this.#settle(signal, { alone: true });
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

  objects(signal: AbortSignal): Promise<readonly KubeObject[]> {
    return this.#listed(() => this.#options.tools.api.list(['Node', 'Pod', 'Service', 'EndpointSlice', 'Deployment'], signal));
  }

  async versions(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const found = await this.#askVersions(signal);
    return { ...found, ...Object.fromEntries([...this.#workloads.images].map(([name, id]) => [`image ${name}`, id])) };
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
    if (this.#options.reused) all.use('the sidecars', this.#options.sidecars);
    else all.add('what the sidecars are at', () => this.#options.sidecars.letGo());
    await all.run();
  }

  #askVersions(signal: AbortSignal): ReturnType<typeof versions> {
    this.#versions ??= versions(this.#options.tools, this.executor(`node/${this.#options.config.nodes[0]?.name ?? ''}`), signal);
    return this.#versions;
  }

  async #takeHeadStart(manifests: readonly ManifestSource[]): Promise<boolean> {
    const taken = (await this.#headStart?.applied(manifests)) === true;
    this.#headStart = undefined;
    return taken;
  }

  #deleteApplied(): Promise<void> {
    return this.#watch.blaming(() => this.#workloads.deleteAll());
  }

  #workloadPods(signal: AbortSignal): Promise<readonly KubeObject[]> {
    return this.#listed(() => this.#options.tools.api.workloadPods(signal));
  }

  async #listed(list: () => Promise<readonly KubeObject[]>): Promise<readonly KubeObject[]> {
    const [objects] = await Promise.all([this.#watch.blaming(list), this.#watch.mustRun()]);
    this.#gonePods.note(objects);
    return objects;
  }

  /** @param until `ended`: also until the pods that are gone have ended; `alone`: until nothing of other proxy modes is left. */
  async #settle(signal: AbortSignal, { ended = true, alone = false } = {}): Promise<void> {
    const gone = ended ? { gonePods: this.#gonePods } : {};
    this.#settledFor = undefined;
    const objects = await settle({
      ...{ ...this.#settling(signal), ...gone, alone },
      ...{ objects: (s) => this.objects(s), workloadPods: (s) => this.#workloadPods(s) },
    });
    this.#settledFor = rulesInput(objects);
  }

  /** Whether all is as it was when it had settled last. */
  async #isSettled(signal: AbortSignal): Promise<boolean> {
    if (this.#settledFor === undefined) return false;
    const objects = await this.objects(signal);
    return unready(objects) === undefined && rulesInput(objects) === this.#settledFor && !this.#gonePods.any(objects);
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
    this.#settledFor = undefined;
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
