import type { Service, ServicePort } from '../objects/kubernetes.js';
import { formatIpv4, formatIpv4Range, parseIpv4, parseIpv4Range } from './ipv4.js';
import { namespaceOf } from './rules-input.js';
import { type ServicePortKey, servicePortName } from './service-port-name.js';

/** One port of a Service as kube-proxy sees it (v1.31.0, pkg/proxy/serviceport.go), IPv4 only. */
export interface ServicePortInfo extends ServicePortKey {
  readonly clusterIP: string;
  readonly number: number;
  /** Undefined where there is none; so for the other optional parts. */
  readonly nodePort: number | undefined;
  readonly healthCheckNodePort: number | undefined;
  readonly externalIPs: readonly string[];
  /** Load balancer addresses that kube-proxy answers for itself (`ipMode` VIP, or none). */
  readonly loadBalancerVIPs: readonly string[];
  /** With their host bits cleared. */
  readonly sourceRanges: readonly string[];
  /** Undefined without session affinity. */
  readonly stickySeconds: number | undefined;
  readonly externalLocal: boolean;
  readonly internalLocal: boolean;
}

/** Every port that kube-proxy writes rules for, in the order of namespace, name and the Service's own list. */
export function servicePorts(services: readonly Service[]): readonly ServicePortInfo[] {
  const sorted = services.toSorted((a, b) => compare(servicePath(a), servicePath(b)));
  const byKey = new Map<string, ServicePortInfo>();
  for (const info of sorted.flatMap(portsOf)) byKey.set(servicePortId(info), info);
  return [...byKey.values()];
}

/** Unlike its name, this tells `dns` over UDP from `dns` over TCP. */
export function servicePortId(key: ServicePortKey): string {
  return `${servicePortName(key)}/${key.protocol}`;
}

/** Whether the port can be reached by something other than its ClusterIP. */
export function isExternal(port: ServicePortInfo): boolean {
  return port.nodePort !== undefined || port.loadBalancerVIPs.length > 0 || port.externalIPs.length > 0;
}

/** Also with externalTrafficPolicy Local: pods reach external addresses as if by the ClusterIP. */
export function usesClusterEndpoints(port: ServicePortInfo): boolean {
  return !port.internalLocal || isExternal(port);
}

export function usesLocalEndpoints(port: ServicePortInfo): boolean {
  return port.internalLocal || (port.externalLocal && isExternal(port));
}

/** By code units, which is what Go's `<` gives for the ASCII strings compared here. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What the API server fills in when a Service asks for ClientIP affinity and no timeout (k8s.io/api v0.31.0, DefaultClientIPServiceAffinitySeconds). */
const defaultStickySeconds = 10_800;

function servicePath(service: Service): string {
  return `${namespaceOf(service)}/${service.metadata.name}`;
}

function portsOf(service: Service): readonly ServicePortInfo[] {
  const clusterIP = ipv4ClusterIP(service);
  if (clusterIP === undefined || service.spec.type === 'ExternalName') return [];
  return (service.spec.ports ?? []).map((port) => portInfo(service, clusterIP, port));
}

function portInfo(service: Service, clusterIP: string, port: ServicePort): ServicePortInfo {
  const { spec } = service;
  const type = spec.type ?? 'ClusterIP';
  const accessible = type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  const externalLocal = accessible && spec.externalTrafficPolicy === 'Local';
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  return {
    namespace: namespaceOf(service),
    name: service.metadata.name,
    port: port.name ?? '',
    protocol: port.protocol ?? 'TCP',
    clusterIP,
    number: port.port,
    nodePort: port.nodePort || undefined,
    healthCheckNodePort: type === 'LoadBalancer' && externalLocal ? spec.healthCheckNodePort || undefined : undefined,
    externalIPs: (spec.externalIPs ?? []).flatMap(ipv4Only),
    loadBalancerVIPs: ingress.filter(({ ipMode }) => (ipMode ?? 'VIP') === 'VIP').flatMap(({ ip }) => ipv4Only(ip ?? '')),
    sourceRanges: (spec.loadBalancerSourceRanges ?? []).flatMap(ipv4RangeOnly),
    stickySeconds:
      spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultStickySeconds) : undefined,
    externalLocal,
    internalLocal: spec.internalTrafficPolicy === 'Local',
  };
}

/** Undefined for a headless Service and for one that has IPv6 addresses alone. */
function ipv4ClusterIP({ spec }: Service): string | undefined {
  if (!spec.clusterIP || spec.clusterIP === 'None') return undefined;
  const families = spec.ipFamilies ?? [];
  // The API server fills in both lists together; a hand-written object may lack clusterIPs.
  const address = families.length === 0 ? spec.clusterIP : (spec.clusterIPs ?? [spec.clusterIP])[families.indexOf('IPv4')];
  return ipv4Only(address ?? '')[0];
}

function ipv4Only(text: string): readonly string[] {
  const address = parseIpv4(text);
  return address === undefined ? [] : [formatIpv4(address)];
}

function ipv4RangeOnly(text: string): readonly string[] {
  const trimmed = text.trim();
  const range = trimmed.includes('/') ? parseIpv4Range(trimmed) : undefined;
  return range === undefined ? [] : [formatIpv4Range(range)];
}
