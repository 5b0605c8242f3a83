import { UsageError } from '../core/errors.js';
import type { ClusterIPs, NodePorts } from './allocators.js';
import type { Service, ServicePort } from './kubernetes.js';

/** Gives a Service the addresses and ports that the API server would; what it has already, it keeps. */
export function allocateService(wanted: Service, current: Service | undefined, ips: ClusterIPs, ports: NodePorts): Service {
  const owner = `${wanted.metadata.namespace ?? 'default'}/${wanted.metadata.name}`;
  const type = wanted.spec.type ?? 'ClusterIP';
  if (type === 'ExternalName') {
    if (current !== undefined) releaseService(current, ips, ports);
    return wanted;
  }
  const clusterIP = clusterIPOf(wanted, current, owner, ips);
  const takesNodePorts = type === 'NodePort' || type === 'LoadBalancer';
  const drawsNodePorts = type === 'NodePort' || wanted.spec.allocateLoadBalancerNodePorts !== false;
  if (current !== undefined) freeNodePorts(current, ports);
  const allocated = takesNodePorts
    ? withNodePorts(wanted.spec.ports ?? [], current, owner, ports, drawsNodePorts)
    : (wanted.spec.ports ?? []);
  const needsHealthCheck = type === 'LoadBalancer' && wanted.spec.externalTrafficPolicy === 'Local';
  const healthCheck = needsHealthCheck ? healthCheckPort(wanted, current, owner, ports) : undefined;
  return {
    ...wanted,
    spec: {
      ...wanted.spec,
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ['IPv4'],
      ports: allocated,
      ...(healthCheck === undefined ? {} : { healthCheckNodePort: healthCheck }),
    },
  };
}

/**
 * A Service that changes its type loses what belonged to the old one, where the change itself does not say otherwise
 * (`dropTypeDependentFields` in pkg/registry/core/service/strategy.go, v1.31): node ports, the health-check port, the cluster address.
 */
export function dropTypeDependentFields(wanted: Service, current: Service): Service {
  const [type, before] = [wanted.spec.type ?? 'ClusterIP', current.spec.type ?? 'ClusterIP'];
  if (type === before) return wanted;
  const { clusterIP, clusterIPs, healthCheckNodePort, externalTrafficPolicy, ...spec } = wanted.spec;
  const hadNodePort = (port: ServicePort): boolean =>
    current.spec.ports?.some((other) => samePort(other, port) && other.nodePort === port.nodePort) ?? false;
  const keepsNodePorts = type === 'NodePort' || type === 'LoadBalancer';
  const ports = wanted.spec.ports?.map(({ nodePort, ...port }) =>
    nodePort === undefined || (!keepsNodePorts && hadNodePort({ ...port, nodePort })) ? port : { ...port, nodePort },
  );
  const keepsAddress = type !== 'ExternalName' || clusterIP !== current.spec.clusterIP;
  const keepsHealthCheck = type === 'LoadBalancer' || healthCheckNodePort !== current.spec.healthCheckNodePort;
  const keepsPolicy = keepsNodePorts || externalTrafficPolicy !== current.spec.externalTrafficPolicy;
  return {
    ...wanted,
    spec: {
      ...spec,
      ...(ports === undefined ? {} : { ports }),
      ...(keepsAddress && clusterIP !== undefined ? { clusterIP } : {}),
      ...(keepsAddress && clusterIPs !== undefined ? { clusterIPs } : {}),
      ...(keepsHealthCheck && healthCheckNodePort !== undefined ? { healthCheckNodePort } : {}),
      ...(keepsPolicy && externalTrafficPolicy !== undefined ? { externalTrafficPolicy } : {}),
    },
  };
}

export function releaseService(service: Service, ips: ClusterIPs, ports: NodePorts): void {
  if (service.spec.clusterIP !== undefined && service.spec.clusterIP !== 'None') ips.release(service.spec.clusterIP);
  freeNodePorts(service, ports);
}

function clusterIPOf(wanted: Service, current: Service | undefined, owner: string, ips: ClusterIPs): string {
  const had = current?.spec.clusterIP;
  const asked = wanted.spec.clusterIP ?? had;
  // `ValidateServiceClusterIPsRelatedFields` (pkg/apis/core/validation/validation.go, v1.31): set once, for as long as the Service lives.
  if (had !== undefined && asked !== had) {
    throw new UsageError(`Service ${owner}: clusterIP is ${had} and cannot change to ${asked}`, {
      hint: 'delete the Service and apply it again',
    });
  }
  if (asked === 'None') return asked;
  if (asked === undefined || asked === '') return ips.allocate(owner);
  ips.claim(asked, owner);
  return asked;
}

/**
 * Numbers that are asked for, or that a port has already, come first, so that none is given to another port of the same Service. Ports of one number
 * over TCP and UDP get one node port (`initNodePorts` in pkg/registry/core/service/storage/alloc.go, v1.31).
 * @param draws whether ports without a number get one.
 */
function withNodePorts(
  wanted: readonly ServicePort[],
  current: Service | undefined,
  owner: string,
  ports: NodePorts,
  draws: boolean,
): readonly ServicePort[] {
  const kept = wanted.map((port) => {
    const nodePort = port.nodePort ?? current?.spec.ports?.find((other) => samePort(other, port))?.nodePort;
    if (nodePort !== undefined) ports.claim(nodePort, owner);
    return nodePort === undefined ? port : { ...port, nodePort };
  });
  if (!draws) return kept;
  const byPort = new Map(kept.toReversed().flatMap(({ port, nodePort }) => (nodePort === undefined ? [] : [[port, nodePort] as const])));
  return kept.map((port) => {
    const nodePort = port.nodePort ?? byPort.get(port.port) ?? ports.allocate(owner);
    byPort.set(port.port, nodePort);
    return { ...port, nodePort };
  });
}

function samePort(a: ServicePort, b: ServicePort): boolean {
  return a.port === b.port && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP');
}

function healthCheckPort(wanted: Service, current: Service | undefined, owner: string, ports: NodePorts): number {
  const asked = wanted.spec.healthCheckNodePort ?? current?.spec.healthCheckNodePort;
  if (asked === undefined) return ports.allocate(`${owner} (health check)`);
  ports.claim(asked, `${owner} (health check)`);
  return asked;
}

function freeNodePorts(service: Service, ports: NodePorts): void {
  for (const port of service.spec.ports ?? []) if (port.nodePort !== undefined) ports.release(port.nodePort);
  if (service.spec.healthCheckNodePort !== undefined) ports.release(service.spec.healthCheckNodePort);
}
