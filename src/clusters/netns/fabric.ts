import { UsageError } from '../../core/errors.js';
import type { Place } from '../../core/executor.js';
import type { Holder } from '../../exec/holder.js';
import type { NamespaceSpec } from '../../exec/protocol.js';
import type { Pod } from '../../objects/kubernetes.js';
import type { ObjectStore } from '../../objects/store.js';
import { ipBatch } from './inside.js';
import { clientSysctls, nodeSysctls, podSysctls } from './nodes.js';
import { servePod } from './serve-pod.js';
import { fabricBatch, type HostWiring, hostBatch, nodeEndBatch, type PodWiring, podEndBatch, podLinkBatch, unlinkBatch } from './wiring.js';

export interface Hosts {
  readonly nodes: readonly HostWiring[];
  /** The client outside of the cluster. */
  readonly client: HostWiring;
}

/** A pod with the addresses that it was given. */
export interface WiredPod {
  readonly pod: Pod;
  readonly wiring: PodWiring;
}

/** What the sandbox holds of a cluster: a namespace for each node, the outside client and each pod, their links, and what serves in the pods. */
export class Fabric {
  readonly nodes: readonly HostWiring[];
  readonly client: HostWiring;
  readonly #holder: Holder;
  readonly #store: Pick<ObjectStore, 'pods' | 'podAddress'>;

  constructor(holder: Holder, { nodes, client }: Hosts, store: Pick<ObjectStore, 'pods' | 'podAddress'>) {
    this.nodes = nodes;
    this.client = client;
    this.#holder = holder;
    this.#store = store;
  }

  get nodeNames(): readonly string[] {
    return this.nodes.map(({ name }) => name);
  }

  /** On the network of the nodes. */
  addressOf(node: string): string {
    return this.nodes.find(({ name }) => name === node)?.address ?? '';
  }

  /** The namespaces of the nodes and the client, without links. @param more sysctls of each node. */
  async addHosts(more: Readonly<Record<string, string>>): Promise<void> {
    await this.#add([
      ...this.nodes.map(({ name }) => ({ name, hostname: name, sysctls: { ...nodeSysctls, ...more } })),
      { name: this.client.name, hostname: this.client.name, sysctls: clientSysctls },
    ]);
  }

  async linkHosts(): Promise<void> {
    const all = [...this.nodes, this.client];
    const othersThan = (host: HostWiring): readonly HostWiring[] => this.nodes.filter((other) => other !== host);
    await ipBatch(this.#holder, '', fabricBatch(all));
    await Promise.all(all.map((host) => ipBatch(this.#holder, host.name, hostBatch(host, othersThan(host)))));
  }

  /** The pods' namespaces, without links, and their addresses. */
  async addPods(pods: readonly Pod[]): Promise<readonly WiredPod[]> {
    const wired = pods.map((pod) => ({ pod, wiring: this.#wiringOf(pod) }));
    const hostname = ({ spec, metadata }: Pod): string => spec.hostname ?? metadata.name;
    await this.#add(wired.map(({ pod, wiring }) => ({ name: wiring.namespace, hostname: hostname(pod), sysctls: podSysctls })));
    return wired;
  }

  /** Links pods to their nodes, and starts what serves in them. */
  async wirePods(wired: readonly WiredPod[]): Promise<void> {
    const wirings = wired.map(({ wiring }) => wiring);
    await ipBatch(this.#holder, '', podLinkBatch(wirings));
    await Promise.all([
      ...this.nodes.map(({ name }) => ipBatch(this.#holder, name, nodeEndBatch(wirings.filter(({ node }) => node === name)))),
      ...wired.map(async ({ pod, wiring }) => {
        await ipBatch(this.#holder, wiring.namespace, podEndBatch(wiring));
        await servePod(this.#holder, pod, wiring);
      }),
    ]);
  }

  /**
   * As kubelet does (pkg/kubelet/kuberuntime, killPodWithSyncResult, v1.31): the containers end, which closes what is still connected to them; then the CNI plugin
   * takes the links away, which would go only some time after their namespace. The other way around, a client whose connection was just accepted
   * would hear nothing any more, and wait.
   */
  async removePods(pods: readonly Pod[]): Promise<void> {
    const wirings = pods.map((pod) => this.#wiringOf(pod));
    await this.#holder.request({ op: 'stop-serving', namespaces: wirings.map(({ namespace }) => namespace) });
    await Promise.all(this.nodes.map(({ name }) => ipBatch(this.#holder, name, unlinkBatch(wirings.filter(({ node }) => node === name)))));
    await Promise.all(pods.map((pod) => this.#holder.request({ op: 'remove-namespace', name: podNamespace(pod) })));
  }

  /** @throws UsageError when the place is not there. */
  namespaceOf(place: Place): string {
    const [kind, ...rest] = place.split('/');
    const name = rest.join('/');
    if (kind === 'node' && this.nodeNames.includes(name)) return name;
    if (kind === 'client' && name === this.client.name) return name;
    if (kind === 'machine') throw new UsageError(`${place}: the nodes of this cluster have no files and programs of their own`);
    const pod = this.#store.pods.find((candidate) => `${candidate.metadata.namespace}/${candidate.metadata.name}` === name);
    if (kind === 'pod' && pod !== undefined) return podNamespace(pod);
    throw new UsageError(`the cluster has no ${place}`);
  }

  /** A pod that has no address yet is given one: each time another. */
  #wiringOf(pod: Pod): PodWiring {
    const { ip, gateway } = this.#store.podAddress(pod);
    const node = pod.spec.nodeName ?? '';
    const podCIDR = this.nodes.find((host) => host.name === node)?.podCIDR ?? '';
    return { namespace: podNamespace(pod), node, uid: String(pod.metadata['uid']), address: ip, gateway, podCIDR };
  }

  async #add(add: readonly NamespaceSpec[]): Promise<void> {
    await this.#holder.request({ op: 'namespaces', add });
  }
}

function podNamespace(pod: Pod): string {
  return `pod.${pod.metadata.namespace ?? 'default'}.${pod.metadata.name}`;
}
