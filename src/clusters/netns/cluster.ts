import { CleanupStack } from '../../core/cleanup.js';
import type {
  Cluster,
  ClusterFacts,
  ClusterRequest,
  KubeObject,
  ManifestSource,
  ObjectRef,
  OutsideClient,
  ProxyMode,
} from '../../core/cluster.js';
import { EnvironmentError, UsageError } from '../../core/errors.js';
import type { Executor, Place } from '../../core/executor.js';
import type { Holder } from '../../exec/holder.js';
import { processAt } from '../../exec/live-process.js';
import { localExecutor } from '../../exec/local.js';
import { sandboxExecutor } from '../../exec/sandbox.js';
import type { Pod } from '../../objects/kubernetes.js';
import type { Changes, ObjectStore } from '../../objects/store.js';
import { loadConnectionTracking } from './connection-tracking.js';
import { Fabric } from './fabric.js';
import type { KeptRecord } from './kept-records.js';
import { kindMasqAgent } from './kindnet.js';
import { KubeProxies } from './kube-proxies.js';
import type { ProxySettings } from './node-proxy.js';
import { hostsOf, type NodeSetup } from './nodes.js';
import { planManifests } from './plan-pods.js';
import { Readiness } from './readiness.js';
import { readinessProbes } from './readiness-probe.js';
import { mustBeWritable, objectStore } from './rehearsal.js';
import { toolVersions } from './tool-versions.js';
import { dockerNetwork } from './wiring.js';

export interface ClusterConfig {
  readonly nodes: readonly NodeSetup[];
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly kubeProxyMode: ProxyMode;
  /** kube-proxy is told the range of ClusterIPs. */
  readonly knowsServiceCIDRs: boolean;
}

/** Writes down that the cluster goes on without this process. */
export type Remember = (kept: Omit<KeptRecord, 'format' | 'realm' | 'keptAt'>) => Promise<void>;

/** The 4-node cluster in Linux namespaces, with the rules that kube-proxy and kindnet write. */
export class NetnsCluster implements Cluster {
  readonly provider = 'netns';
  readonly name: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  /** What stands outside the sandbox and ends with the cluster. */
  readonly #outside = new CleanupStack();
  readonly #holder: Holder;
  readonly #warn: ClusterRequest['warn'];
  readonly #remember: Remember;
  readonly #store: ObjectStore;
  readonly #fabric: Fabric;
  readonly #readiness: Readiness;
  /** Changes are carried out one after the other: a pod may become unready at any time. */
  #changing: Promise<unknown> = Promise.resolve();
  readonly #waiting: (() => boolean)[] = [];
  readonly #config: ClusterConfig;
  readonly #proxies: KubeProxies;

  /** Wires nodes and the outside client, and writes the nodes' first rules. */
  static async create(holder: Holder, request: ClusterRequest, config: ClusterConfig, remember: Remember): Promise<NetnsCluster> {
    const cluster = new NetnsCluster(holder, request, config, remember);
    await cluster.#wire();
    return cluster;
  }

  private constructor(holder: Holder, request: ClusterRequest, config: ClusterConfig, remember: Remember) {
    this.name = request.name;
    this.podSubnet = config.podSubnet;
    this.serviceSubnet = config.serviceSubnet;
    this.#holder = holder;
    this.#config = config;
    this.#proxies = new KubeProxies(holder, config.kubeProxyMode, (node) => this.#proxySettings(node));
    this.#warn = request.warn;
    this.#remember = remember;
    const hosts = hostsOf(config.nodes, config.podSubnet);
    this.#store = objectStore(config);
    this.#fabric = new Fabric(holder, hosts, this.#store);
    this.#readiness = new Readiness(
      this.#store,
      (node) => this.executor(`node/${node}`),
      (change) => this.#carryOut(change),
    );
  }

  executor(place: Place): Executor {
    if (place === 'local') return localExecutor();
    return sandboxExecutor(this.#holder, place, this.#fabric.namespaceOf(place));
  }

  async apply(manifests: readonly ManifestSource[], signal: AbortSignal): Promise<void> {
    const { objects, warnings } = planManifests(manifests);
    await this.#change(() => {
      const changes = this.#store.apply(objects);
      for (const warning of warnings) this.#warn(warning);
      return changes;
    }, signal);
  }

  async patch(ref: ObjectRef, patch: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> {
    await this.#change(() => this.#store.patch(ref, patch, mustBeWritable(ref)), signal);
  }

  async delete(ref: ObjectRef, signal: AbortSignal): Promise<void> {
    await this.#change(() => this.#store.delete(ref), signal);
  }

  get proxyMode(): ProxyMode | undefined {
    return this.#proxies.mode;
  }

  setProxyMode(mode: ProxyMode): Promise<void> {
    return this.#inTurn(() => this.#proxies.switchTo(this.#fabric.nodeNames, mode));
  }

  setNodeProxies(nodes: readonly string[], mode: ProxyMode | 'stopped'): Promise<void> {
    return this.#inTurn(async () => {
      if (mode === 'stopped') this.#proxies.stop(nodes);
      else await this.#proxies.start(nodes, mode);
    });
  }

  async outside(name: string): Promise<OutsideClient> {
    const { client } = this.#fabric;
    if (name !== client.name) throw new UsageError(`the cluster has no client ${name}`, { hint: `it has ${client.name}` });
    return { apiVersion: 'svclab/v1', kind: 'Client', metadata: { name }, status: { address: client.address } };
  }

  async facts(): Promise<ClusterFacts> {
    const { name, podSubnet, serviceSubnet } = this;
    const { subnet, gateway } = dockerNetwork;
    return {
      apiVersion: 'svclab/v1',
      kind: 'Cluster',
      metadata: { name },
      spec: { podSubnet, serviceSubnet, nodeSubnet: subnet, gateway },
    };
  }

  async objects(): Promise<readonly KubeObject[]> {
    return this.#store.objects;
  }

  versions(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    return toolVersions(sandboxExecutor(this.#holder, 'local', ''), signal);
  }

  async keep(): Promise<{ readonly enter: readonly string[]; readonly end: readonly string[] }> {
    this.#readiness.end();
    await this.setProxyMode(this.#config.kubeProxyMode);
    // The ports would keep this process from ending, and none could stay bound without it.
    await this.#outside.run();
    const [holder, inside] = await Promise.all([processAt(this.#holder.pid), this.#holder.insidePid().then(processAt)]);
    if (holder === undefined || inside === undefined) throw new EnvironmentError('the sandbox ended before it could be kept');
    const words = {
      // The program that `agent/enter.ts` leaves there.
      enter: ['perl', `/proc/${inside.pid}/root/run/svclab/enter`, this.#fabric.nodeNames[0] ?? ''],
      // unshare(1) does not heed SIGTERM while it waits for the holder.
      end: ['kill', '-KILL', String(holder.pid)],
    };
    // Before it is let go: a record without a cluster is noticed, a cluster without a record is not.
    const nodes = this.#fabric.nodes.map(({ name, address }) => ({ name, address }));
    await this.#remember({ name: this.name, holder, inside, nodes, ...words });
    await this.#holder.release();
    return words;
  }

  /** Takes in what ends with the cluster, and when it is kept. */
  own(what: string, resource: AsyncDisposable): void {
    this.#outside.use(what, resource);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#readiness.end();
    const all = new CleanupStack();
    all.use('the sandbox', this.#holder);
    all.use('what stands outside the sandbox', this.#outside);
    await all.run();
  }

  async #wire(): Promise<void> {
    await Promise.all([this.#proxies.check(), loadConnectionTracking(this.#holder)]);
    await this.#fabric.addHosts(this.#proxies.sysctls);
    // The rules need no link, so they are written while the links are made.
    const rules = this.#fabric.nodeNames.map((node) => this.#proxies.install(node, kindMasqAgent(this.podSubnet)));
    await Promise.all([this.#fabric.linkHosts(), ...rules]);
  }

  /** Changes objects, starts and stops pods, and then writes the rules for what has come of it; returns when the pods that were started are Ready. */
  async #change(act: () => Changes, signal: AbortSignal): Promise<void> {
    const started = await this.#inTurn(async () => {
      const { start, stop } = act();
      await this.#stopPods(stop);
      await (start.length > 0 ? this.#startPods(start) : this.#proxies.sync());
      return start;
    });
    await this.#readiness.settled(started, signal);
    // A pod is Ready in the store a moment before the rules for it are written.
    await this.#inTurn(async () => {});
  }

  /** Those that come while another is under way are made together, and the rules are written once for them all. */
  #carryOut(change: () => boolean): Promise<void> {
    this.#waiting.push(change);
    return this.#inTurn(async () => {
      const changed = this.#waiting.splice(0).map((make) => make());
      if (changed.includes(true)) await this.#proxies.sync();
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#changing.then(work);
    this.#changing = turn.catch(() => {});
    return turn;
  }

  async #stopPods(pods: readonly Pod[]): Promise<void> {
    for (const pod of pods) this.#readiness.forget(pod);
    await this.#fabric.removePods(pods);
  }

  async #startPods(pods: readonly Pod[]): Promise<void> {
    const wired = await this.#fabric.addPods(pods);
    for (const { pod, wiring } of wired) {
      const ready = readinessProbes(pod, wiring.address).length === 0;
      this.#store.setStatus(pod, { podIP: wiring.address, hostIP: this.#fabric.addressOf(wiring.node), ready });
    }
    // Nobody sees the objects before all of this is done, so the rules for pods that will be ready are written while they are made so.
    await Promise.all([this.#fabric.wirePods(wired), this.#proxies.sync()]);
    for (const pod of pods) this.#readiness.watch(pod);
  }

  #proxySettings(node: string): ProxySettings {
    return {
      objects: this.#store.objects,
      node: { name: node, ip: this.#fabric.addressOf(node) },
      clusterCIDR: this.podSubnet,
      serviceCIDRs: this.#config.knowsServiceCIDRs ? [this.serviceSubnet] : [],
    };
  }
}
