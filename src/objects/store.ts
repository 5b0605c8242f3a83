import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, ObjectRef } from '../core/cluster.js';
import { UsageError } from '../core/errors.js';
import { ClusterIPs, NodePorts, PodIPs } from './allocators.js';
import { deploymentPods } from './deployments.js';
import { endpointSlices, unmetReadinessGate } from './endpoints.js';
import { isDeployment, isNode, isPod, isService } from './guards.js';
import type { Node, Pod } from './kubernetes.js';
import { mergePatch } from './merge-patch.js';
import { keyOf, refOf, uidOf } from './names.js';
import { schedule } from './schedule.js';
import { allocateService, dropTypeDependentFields, releaseService } from './services.js';

/** What the cluster has to do after a change of objects. */
export interface Changes {
  readonly start: readonly Pod[];
  readonly stop: readonly Pod[];
}

/**
 * The embedded cluster's API server and controllers: objects by key, with addresses and node ports allocated, pods scheduled,
 * Deployments turned into pods, and EndpointSlices kept up to date. Pods become ready when the cluster says so.
 */
export class ObjectStore {
  readonly #objects = new Map<string, KubeObject>();
  /** All of them, until the next change: who gets the same list twice need not look at it again. */
  #list: readonly KubeObject[] | undefined;
  readonly #clusterIPs: ClusterIPs;
  readonly #nodePorts = new NodePorts();
  readonly #podIPs = new Map<string, PodIPs>();
  /** Names that pods of Deployments have had. */
  readonly #usedNames = new Set<string>();

  constructor(nodes: readonly Node[], serviceSubnet: string) {
    this.#clusterIPs = new ClusterIPs(serviceSubnet);
    for (const node of nodes) {
      this.#put(node);
      this.#podIPs.set(node.metadata.name, new PodIPs(node.spec.podCIDR ?? '', node.metadata.name));
    }
  }

  /** Nodes, Pods, Services, Deployments and EndpointSlices, in the order in which they came. */
  get objects(): readonly KubeObject[] {
    this.#list ??= [...this.#objects.values()];
    return this.#list;
  }

  get pods(): readonly Pod[] {
    return this.objects.filter(isPod);
  }

  get nodes(): readonly Node[] {
    return this.objects.filter(isNode);
  }

  /** @throws UsageError when there is none. */
  get(ref: ObjectRef): KubeObject {
    const object = this.#objects.get(keyOf(ref));
    if (object === undefined) {
      const known = this.objects.filter((o) => o.kind === ref.kind).map((o) => o.metadata.name);
      throw new UsageError(`there is no ${ref.kind} '${ref.name}'`, {
        hint: known.length > 0 ? `there are: ${known.join(', ')}` : `the cluster has no ${ref.kind}`,
      });
    }
    return object;
  }

  /** Objects with their defaults filled in. @throws UsageError for what cannot be: an address taken, a pod's spec changed. */
  apply(objects: readonly KubeObject[]): Changes {
    return this.#change(() => {
      // Addresses and ports that are asked for by number come first, so that none is given away before.
      for (const object of [...objects].sort((a, b) => Number(asksByNumber(b)) - Number(asksByNumber(a)))) this.#applyOne(object);
    });
  }

  /** @param validate gets the patched object as the user would have written it, and throws where it is not valid. */
  patch(ref: ObjectRef, patch: Readonly<Record<string, unknown>>, validate: (object: KubeObject) => void): Changes {
    return this.#change(() => {
      const current = this.get(ref);
      const merged = mergePatch(current, patch);
      if (!isObject(merged) || keyOf(refOf(merged)) !== keyOf(ref))
        throw new UsageError(`${ref.kind} ${ref.name}: a patch cannot change what the object is`);
      const patched = isService(merged) && isService(current) ? dropTypeDependentFields(merged, current) : merged;
      validate(patched);
      if (isNode(patched) && isNode(current)) this.#put(patchedNode(current, patched));
      else this.#applyOne(patched);
    });
  }

  delete(ref: ObjectRef): Changes {
    return this.#change(() => {
      const object = this.get(ref);
      if (isNode(object)) throw new UsageError(`node ${ref.name} cannot be deleted from the embedded cluster`);
      this.#remove(keyOf(ref));
      if (isService(object)) releaseService(object, this.#clusterIPs, this.#nodePorts);
    });
  }

  /** The address for a pod that is about to start. */
  podAddress(pod: Pod): { readonly ip: string; readonly gateway: string } {
    const ips = this.#podIPs.get(pod.spec.nodeName ?? '');
    if (ips === undefined) throw new UsageError(`pod ${pod.metadata.name}: there is no node '${pod.spec.nodeName}'`);
    return { ip: pod.status?.podIP ?? ips.allocate(pod.metadata.name), gateway: ips.gateway };
  }

  /** Records where a pod runs and whether it is ready, and brings the EndpointSlices up to date. */
  setStatus(pod: Pod, status: { readonly podIP: string; readonly hostIP: string; readonly ready: boolean }): void {
    const flag = (ready: boolean): string => (ready ? 'True' : 'False');
    // Nobody sets a gate's condition here.
    const conditions = {
      PodScheduled: true,
      Initialized: true,
      ContainersReady: status.ready,
      Ready: status.ready && unmetReadinessGate(pod) === undefined,
    };
    this.#put({
      ...pod,
      status: {
        phase: 'Running',
        podIP: status.podIP,
        hostIP: status.hostIP,
        conditions: Object.entries(conditions).map(([type, met]) => ({ type, status: flag(met) })),
      },
    });
    this.#refreshEndpoints();
  }

  /** Does all of a change, or, where it throws, nothing of it. */
  #change(act: () => void): Changes {
    const undo = [this.#clusterIPs.snapshot(), this.#nodePorts.snapshot()];
    const objects = [...this.#objects];
    try {
      const before = this.pods;
      act();
      return this.#reconcile(before);
    } catch (error) {
      for (const restore of undo) restore();
      this.#list = undefined;
      this.#objects.clear();
      for (const [key, object] of objects) this.#objects.set(key, object);
      throw error;
    }
  }

  #applyOne(object: KubeObject): void {
    const named = {
      ...object,
      metadata: { ...object.metadata, namespace: object.metadata.namespace ?? 'default', uid: uidOf(keyOf(refOf(object))) },
    };
    const current = this.#objects.get(keyOf(refOf(named)));
    if (isService(named)) {
      const before = current !== undefined && isService(current) ? current : undefined;
      this.#put(
        allocateService(before === undefined ? named : dropTypeDependentFields(named, before), before, this.#clusterIPs, this.#nodePorts),
      );
    } else if (isPod(named)) {
      if (current !== undefined && isPod(current)) this.#put(updatedPod(current, named));
      else this.#put({ ...named, spec: { ...named.spec, nodeName: schedule(named, this.nodes, this.pods) } });
    } else {
      this.#put(named);
    }
  }

  /** Makes the pods of Deployments what their specs say, frees what is gone, and brings the EndpointSlices up to date. */
  #reconcile(before: readonly Pod[]): Changes {
    const { missing, surplus } = deploymentPods(
      this.objects.filter(isDeployment),
      this.pods,
      new Set([...this.#usedNames, ...this.pods.map((pod) => pod.metadata.name)]),
    );
    for (const pod of surplus) this.#remove(keyOf(refOf(pod)));
    for (const pod of missing) {
      this.#usedNames.add(pod.metadata.name);
      this.#applyOne(pod);
    }
    const after = new Map(this.pods.map((pod) => [keyOf(refOf(pod)), pod]));
    const had = new Set(before.map((pod) => keyOf(refOf(pod))));
    const stop = before.filter((pod) => !after.has(keyOf(refOf(pod))));
    for (const pod of stop) {
      if (pod.status?.podIP !== undefined) this.#podIPs.get(pod.spec.nodeName ?? '')?.release(pod.status.podIP);
    }
    this.#refreshEndpoints();
    return { start: [...after].filter(([key]) => !had.has(key)).map(([, pod]) => pod), stop };
  }

  #refreshEndpoints(): void {
    const before = new Map([...this.#objects].filter(([, object]) => object.kind === 'EndpointSlice'));
    for (const key of before.keys()) this.#remove(key);
    const { pods } = this;
    for (const service of this.objects.filter(isService)) {
      for (const slice of endpointSlices(service, pods)) {
        const key = keyOf(refOf(slice));
        const known = before.get(key);
        // What is the same object as before need not be looked at again by those who write rules for it.
        this.#list = undefined;
        this.#objects.set(key, isDeepStrictEqual(known, slice) ? (known ?? slice) : slice);
      }
    }
  }

  #remove(key: string): void {
    this.#list = undefined;
    this.#objects.delete(key);
  }

  #put(object: KubeObject): void {
    this.#list = undefined;
    this.#objects.set(keyOf(refOf(object)), object);
  }
}

function asksByNumber(object: KubeObject): boolean {
  if (!isService(object)) return false;
  const { clusterIP, healthCheckNodePort, ports = [] } = object.spec;
  return clusterIP !== undefined || healthCheckNodePort !== undefined || ports.some((port) => port.nodePort !== undefined);
}

function isObject(value: unknown): value is KubeObject {
  if (typeof value !== 'object' || value === null || !('apiVersion' in value && 'kind' in value && 'metadata' in value)) return false;
  const { apiVersion, kind, metadata } = value;
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    typeof metadata === 'object' &&
    metadata !== null &&
    'name' in metadata &&
    typeof metadata.name === 'string'
  );
}

/** The address and the pod range of a node are what it is wired with: only its metadata, taints and `unschedulable` can change. */
function patchedNode(current: Node, wanted: Node): Node {
  const fixed = ({ spec: { taints: _taints, unschedulable: _unschedulable, ...spec } = {}, status }: Node) =>
    JSON.stringify(sorted({ spec, status }));
  if (fixed(current) !== fixed(wanted)) {
    throw new UsageError(`node ${current.metadata.name}: only its labels, annotations and taints can change in the embedded cluster`, {
      hint: 'a patch such as {"metadata": {"labels": {...}}}',
    });
  }
  for (const [key, value] of Object.entries({ ...wanted.metadata.labels })) {
    if (typeof value !== 'string')
      throw new UsageError(`node ${current.metadata.name}: the label ${key} is ${JSON.stringify(value)}, but a label is a text`);
  }
  return wanted;
}

/** A running pod's labels and annotations can change, its spec cannot (but for images, which are servers here). */
function updatedPod(current: Pod, wanted: Pod): Pod {
  const { nodeName: wantedNode, ...wantedSpec } = wanted.spec;
  const { nodeName: currentNode, ...currentSpec } = current.spec;
  const moved = wantedNode !== undefined && wantedNode !== currentNode;
  if (moved || JSON.stringify(sorted(wantedSpec)) !== JSON.stringify(sorted(currentSpec))) {
    throw new UsageError(`pod ${current.metadata.name}: the spec of a running pod cannot change`, {
      hint: 'delete the pod first, as you would with kubectl',
    });
  }
  return { ...current, metadata: wanted.metadata };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
