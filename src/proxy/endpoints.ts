import type { Endpoint, EndpointSlice } from '../objects/kubernetes.js';
import { formatIpv4, parseIpv4 } from './ipv4.js';
import { namespaceOf } from './rules-input.js';
import { compare, servicePortId } from './service-ports.js';

/** One address and port behind a Service's port, as kube-proxy sees it from one node (v1.31.0, pkg/proxy/endpoint.go). */
export interface EndpointInfo {
  readonly ip: string;
  /** `address:port`. */
  readonly address: string;
  /** It runs on this node. */
  readonly local: boolean;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly zones: readonly string[];
}

/** The Service that an EndpointSlice belongs to, as `namespace/name`. */
export function serviceOfSlice(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.['kubernetes.io/service-name'];
  return name ? `${namespaceOf(slice)}/${name}` : undefined;
}

/**
 * The endpoints of every Service port, by `servicePortId`; each list is in the order of `address:port` as text, each address once
 * (kube-proxy v1.31.0, pkg/proxy/endpointslicecache.go).
 */
export function endpointsByPort(slices: readonly EndpointSlice[], node: string): ReadonlyMap<string, readonly EndpointInfo[]> {
  const found = new Map<string, Map<string, EndpointInfo>>();
  for (const slice of slices.toSorted((a, b) => compare(a.metadata.name, b.metadata.name))) {
    const service = serviceOfSlice(slice);
    if (service === undefined) continue;
    for (const { name = '', protocol = 'TCP', port } of slice.ports ?? []) {
      if (!port) continue;
      const id = servicePortId({ ...splitService(service), port: name, protocol });
      const byAddress = found.get(id) ?? new Map<string, EndpointInfo>();
      found.set(id, byAddress);
      for (const info of (slice.endpoints ?? []).flatMap((endpoint) => endpointInfo(endpoint, port, node))) {
        // Slices may overlap for a while; one that says "on this node" wins.
        if (!byAddress.has(info.address) || info.local) byAddress.set(info.address, info);
      }
    }
  }
  return new Map([...found].map(([id, byAddress]) => [id, [...byAddress.values()].toSorted((a, b) => compare(a.address, b.address))]));
}

function endpointInfo({ addresses, conditions = {}, hints, nodeName }: Endpoint, port: number, node: string): readonly EndpointInfo[] {
  const parsed = parseIpv4(addresses[0] ?? '');
  if (parsed === undefined) return [];
  const ip = formatIpv4(parsed);
  return [
    {
      ip,
      address: `${ip}:${port}`,
      local: nodeName !== undefined && nodeName === node,
      ready: conditions.ready ?? true,
      serving: conditions.serving ?? true,
      terminating: conditions.terminating ?? false,
      zones: (hints?.forZones ?? []).map(({ name }) => name),
    },
  ];
}

function splitService(service: string): { namespace: string; name: string } {
  const slash = service.indexOf('/');
  return { namespace: service.slice(0, slash), name: service.slice(slash + 1) };
}
