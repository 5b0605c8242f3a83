import type { ClusterFacts, KubeObject } from '../core/cluster.js';
import { EnvironmentError, UsageError } from '../core/errors.js';
import type { Place } from '../core/executor.js';
import { isClusterFacts, isEndpointSlice, isNode, isOutsideClient, isPod, isService } from '../objects/guards.js';
import type { EndpointSlice, Node, Pod, Service } from '../objects/kubernetes.js';
import { endpointChain, serviceChain, serviceExternalChain } from '../proxy/iptables/names.js';
import { formatIpv4, parseIpv4Range } from '../proxy/ipv4.js';
import { parseRoleRef, type RoleRef } from '../schema/roles.js';

/** A node, as a lab names it. */
export interface SceneNode {
  readonly name: string;
  readonly address: string;
  readonly podCIDR: string;
  /** The first address of the range, which the node's ends of its pods' wires have (the CNI plugins host-local and ptp). */
  readonly gateway: string;
  readonly place: Place;
}

/** A client outside the cluster. */
export interface SceneClient {
  readonly name: string;
  readonly address: string;
  readonly place: Place;
}

/** A pod that plays a role. */
export interface ScenePod {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly node: SceneNode;
  readonly place: Place;
}

/** A ready endpoint of a Service, by the order of its addresses (kube-proxy's order in the cascade). */
export interface Backend extends ScenePod {
  readonly port: number;
  /** The KUBE-SEP chain that kube-proxy makes for it. */
  readonly chain: string;
}

/** A Service that plays a role; of several ports, the first. */
export interface SceneService {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: string;
  readonly nodePort: number | undefined;
  /** The KUBE-SVC chain that kube-proxy makes for it. */
  readonly chain: string;
  /** The KUBE-EXT chain that kube-proxy makes for it, where it can be reached from outside. */
  readonly externalChain: string;
}

/**
 * A lab's roles, resolved against the objects of a cluster at one moment. Names become addresses and chains here and nowhere else,
 * so that no lab and no check needs a literal one.
 */
export class Scene {
  readonly objects: readonly KubeObject[];
  readonly nodes: readonly SceneNode[];
  readonly #roles: Readonly<Record<string, string>>;

  /**
   * @param roles what each role stands for: `pod/net-pod`, `svc/svc-clusterip`, `endpoints/svc-clusterip`, `node/myk8s-worker`, `client/mypc`.
   * @param objects of the cluster, and the clients outside it that play a role (`OutsideClient`).
   */
  constructor(roles: Readonly<Record<string, string>>, objects: readonly KubeObject[]) {
    this.#roles = roles;
    this.objects = objects;
    this.nodes = objects.filter(isNode).map(sceneNode);
  }

  /** @throws EnvironmentError when the pod is not there or has no address yet. */
  pod(role: string): ScenePod {
    const { kind, namespace, name } = this.#reference(role);
    if (kind !== 'pod') throw wrongKind(role, 'a pod');
    return this.#scenePod(namespace, name);
  }

  /** The name of the cluster, and its ranges. @throws EnvironmentError where they were not kept. */
  get cluster(): ClusterFacts['spec'] & { readonly name: string } {
    const facts = this.objects.find(isClusterFacts);
    if (facts === undefined) throw new EnvironmentError("the cluster's own ranges are not known");
    return { name: facts.metadata.name, ...facts.spec };
  }

  node(role: string): SceneNode {
    const { kind, name } = this.#reference(role);
    if (kind !== 'node') throw wrongKind(role, 'a node');
    const node = this.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) throw new EnvironmentError(`node ${name} is not there`);
    return node;
  }

  client(role: string): SceneClient {
    const { kind, name } = this.#reference(role);
    if (kind !== 'client') throw wrongKind(role, 'a client outside the cluster');
    const found = this.objects.filter(isOutsideClient).find((candidate) => candidate.metadata.name === name);
    if (found === undefined) throw new EnvironmentError(`the client ${name} is not there`);
    return { name, address: found.status.address, place: `client/${name}` };
  }

  /** The endpoints of every role that names endpoints. */
  everyBackend(): readonly Backend[] {
    return Object.keys(this.#roles)
      .filter((role) => this.kindOf(role) === 'endpoints')
      .flatMap((role) => this.backends(role));
  }

  /** What a role stands for: `pod`, `svc`, `endpoints`, `node` or `client`. */
  kindOf(role: string): string {
    return this.#reference(role).kind;
  }

  service(role: string): SceneService {
    const { kind, namespace, name } = this.#reference(role);
    if (kind !== 'svc') throw wrongKind(role, 'a Service');
    const service = this.#service(namespace, name);
    const port = service.spec.ports?.[0];
    const key = { namespace, name, port: port?.name ?? '', protocol: port?.protocol ?? 'TCP' };
    if (port === undefined || service.spec.clusterIP === undefined) throw new EnvironmentError(`Service ${name} has no port or no address`);
    return {
      name,
      namespace,
      address: service.spec.clusterIP,
      port: port.port,
      targetPort: typeof port.targetPort === 'number' ? port.targetPort : (this.#slices(namespace, name)[0]?.ports?.[0]?.port ?? port.port),
      protocol: (port.protocol ?? 'TCP').toLowerCase(),
      nodePort: port.nodePort,
      chain: serviceChain(key),
      externalChain: serviceExternalChain(key),
    };
  }

  /** The ready endpoints behind a role of the kind `endpoints` or `svc`. */
  backends(role: string): readonly Backend[] {
    const { kind, namespace, name } = this.#reference(role);
    if (kind !== 'endpoints' && kind !== 'svc') throw wrongKind(role, 'endpoints');
    const port = this.#service(namespace, name).spec.ports?.[0];
    const key = { namespace, name, port: port?.name ?? '', protocol: port?.protocol ?? 'TCP' };
    const found = this.#slices(namespace, name).flatMap((slice) => {
      const number = slice.ports?.find((candidate) => (candidate.name ?? '') === (port?.name ?? ''))?.port;
      const ready = (slice.endpoints ?? []).filter(
        (endpoint) => endpoint.conditions?.ready !== false && endpoint.targetRef?.name !== undefined,
      );
      return number === undefined
        ? []
        : ready.map((endpoint) => ({ pod: endpoint.targetRef?.name ?? '', namespace: endpoint.targetRef?.namespace ?? namespace, number }));
    });
    return found
      .map(({ pod, namespace: podNamespace, number }) => {
        const scenePod = this.#scenePod(podNamespace, pod);
        return { ...scenePod, port: number, chain: endpointChain(key, `${scenePod.address}:${number}`) };
      })
      .sort((a, b) => compare(`${a.address}:${a.port}`, `${b.address}:${b.port}`));
  }

  /**
   * The places that an `on` expression names: `client`, `client.node`, `worker.machine`, `backends`, `backends.nodes`, `backends.0.node`, `nodes`, `machines`,
   * `other-nodes`, `host`.
   */
  places(expression: string): readonly Place[] {
    const [root = '', ...path] = expression.split('.');
    if (root === 'nodes') return this.nodes.map((node) => node.place);
    if (root === 'machines') return this.nodes.map((node) => machineOf(node));
    if (root === 'host') return ['local'];
    if (root === 'other-nodes') {
      const client = this.pod('client').node;
      return this.nodes.filter((node) => node.name !== client.name).map((node) => node.place);
    }
    const { kind } = this.#reference(root);
    if (kind === 'client') return [this.client(root).place];
    if (kind === 'node') return [path[0] === 'machine' ? machineOf(this.node(root)) : this.node(root).place];
    if (kind === 'pod') {
      const pod = this.pod(root);
      return [path[0] === 'node' ? pod.node.place : pod.place];
    }
    const backends = this.backends(root);
    if (path.length === 0) return backends.map((backend) => backend.place);
    if (path[0] === 'nodes') return [...new Set(backends.map((backend) => backend.node.place))];
    const backend = backends[Number(path[0])];
    if (backend === undefined) throw new EnvironmentError(`'${expression}': there are only ${backends.length} ready endpoints`);
    return [path[1] === 'node' ? backend.node.place : backend.place];
  }

  /** What a template `$service.address` stands for. `each` is the endpoint or node of the turn, where an action is done for each. */
  value(path: readonly string[], each?: Backend | SceneNode): string {
    const text = `$${path.join('.')}`;
    const [root = '', ...rest] = path;
    const start: unknown = root === 'each' ? each : this.#subject(root);
    const found = rest.reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      start,
    );
    if (typeof found === 'string' || typeof found === 'number') return String(found);
    // `$client.node` alone means the node's name.
    if (typeof found === 'object' && found !== null && 'name' in found && typeof found.name === 'string') return found.name;
    if (Array.isArray(start) && /^\d+$/.test(rest[0] ?? ''))
      throw new EnvironmentError(`${text}: there are only ${start.length} ready endpoints`);
    throw new EnvironmentError(`${text} stands for nothing in this cluster now`);
  }

  #subject(role: string): unknown {
    if (role === 'cluster') return this.cluster;
    const { kind } = this.#reference(role);
    if (kind === 'pod') return this.pod(role);
    if (kind === 'svc') return this.service(role);
    if (kind === 'node') return this.node(role);
    if (kind === 'client') return this.client(role);
    const backends = this.backends(role);
    return Object.assign([...backends], { count: backends.length });
  }

  #reference(role: string): RoleRef {
    const reference = this.#roles[role];
    if (reference === undefined)
      throw new UsageError(`there is no role '${role}'`, { hint: `roles: ${Object.keys(this.#roles).join(', ')}` });
    const parsed = parseRoleRef(role, reference);
    if (parsed === undefined) throw new UsageError(`the role '${role}' stands for '${reference}', which names nothing`);
    return parsed;
  }

  #scenePod(namespace: string, name: string): ScenePod {
    const pod = this.objects.filter(isPod).find((candidate) => sameName(candidate, namespace, name));
    const address = pod?.status?.podIP;
    const node = this.nodes.find((candidate) => candidate.name === pod?.spec.nodeName);
    if (pod === undefined || address === undefined || node === undefined)
      throw new EnvironmentError(`pod ${namespace}/${name} is not there, or has no address yet`);
    return { name, namespace, address, node, place: `pod/${namespace}/${name}` };
  }

  #service(namespace: string, name: string): Service {
    const service = this.objects.filter(isService).find((candidate) => sameName(candidate, namespace, name));
    if (service === undefined) throw new EnvironmentError(`Service ${namespace}/${name} is not there`);
    return service;
  }

  #slices(namespace: string, service: string): readonly EndpointSlice[] {
    return this.objects
      .filter(isEndpointSlice)
      .filter(
        (slice) =>
          (slice.metadata.namespace ?? 'default') === namespace && slice.metadata.labels?.['kubernetes.io/service-name'] === service,
      );
  }
}

function machineOf(node: SceneNode): Place {
  return `machine/${node.name}`;
}

function sceneNode(node: Node): SceneNode {
  return {
    name: node.metadata.name,
    address: node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address ?? '',
    podCIDR: node.spec.podCIDR ?? '',
    gateway: firstAddress(node.spec.podCIDR ?? ''),
    place: `node/${node.metadata.name}`,
  };
}

function firstAddress(range: string): string {
  const parsed = parseIpv4Range(range);
  return parsed === undefined ? '' : formatIpv4(parsed.base + 1);
}

function sameName(object: Pod | Service, namespace: string, name: string): boolean {
  return object.metadata.name === name && (object.metadata.namespace ?? 'default') === namespace;
}

function wrongKind(role: string, wanted: string): UsageError {
  return new UsageError(`the role '${role}' is not ${wanted}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
