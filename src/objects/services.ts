import type { ClusterIPs, NodePorts } from './allocators.js';
import type { Service, ServicePort } from './kubernetes.js';

/** Gives a Service the addresses and ports that the API server would; what it has already, it keeps. */
export function allocateService(wanted: Service, current: Service | undefined, ips: ClusterIPs, ports: NodePorts): Service {
  const owner = `${wanted.metadata.namespace ?? 'default'}/${wanted.metadata.name}`;
  const type = wanted.spec.type ?? 'ClusterIP';
  if (type === 'ExternalName') return wanted;
  const clusterIP = clusterIPOf(wanted, current, owner, ips);
  const takesNodePorts = type === 'NodePort' || type === 'LoadBalancer';
  if (current !== undefined) freeNodePorts(current, ports);
  const allocated = (wanted.spec.ports ?? []).map((port) => (takesNodePorts ? withNodePort(port, current, owner, ports) : port));
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

export function releaseService(service: Service, ips: ClusterIPs, ports: NodePorts): void {
  if (service.spec.clusterIP !== undefined && service.spec.clusterIP !== 'None') ips.release(service.spec.clusterIP);
  freeNodePorts(service, ports);
}

function clusterIPOf(wanted: Service, current: Service | undefined, owner: string, ips: ClusterIPs): string {
  const asked = wanted.spec.clusterIP ?? current?.spec.clusterIP;
  if (asked === 'None') return asked;
  if (asked === undefined || asked === '') return ips.allocate(owner);
  ips.claim(asked, owner);
  if (current?.spec.clusterIP !== undefined && current.spec.clusterIP !== asked && current.spec.clusterIP !== 'None') ips.release(current.spec.clusterIP);
  return asked;
}

function withNodePort(port: ServicePort, current: Service | undefined, owner: string, ports: NodePorts): ServicePort {
  const had = current?.spec.ports?.find((other) => other.port === port.port && (other.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))?.nodePort;
  const asked = port.nodePort ?? had;
  if (asked === undefined) return { ...port, nodePort: ports.allocate(owner) };
  ports.claim(asked, owner);
  return { ...port, nodePort: asked };
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
