import { isDeepStrictEqual } from 'node:util';
import { endpointsByPort, serviceOfSlice } from './endpoints.js';
import type { ProxyInput } from './options.js';
import { type Reachable, reachableEndpoints } from './reachable.js';
import type { RulesObjects } from './rules-input.js';
import { compare, type ServicePortInfo, servicePortId, servicePorts } from './service-ports.js';

/** One port of a Service with the endpoints that a node uses for it. */
export interface NodeService {
  /** `namespace/name` of the Service. */
  readonly path: string;
  readonly port: ServicePortInfo;
  readonly reachable: Reachable;
  /** How many endpoints the port has in the whole cluster, ready or not. */
  readonly known: number;
}

/** Every Service port that kube-proxy on this node writes rules for, by namespace and name; kube-proxy takes them in any order. */
export function nodeServices({ node }: Pick<ProxyInput, 'node'>, objects: RulesObjects): readonly NodeService[] {
  const endpoints = endpointsByPort(objects.endpointSlices, node.name);
  const zone = node.zone ?? labelsOf(objects, node.name)?.['topology.kubernetes.io/zone'];
  return servicePorts(objects.services).map((port) => {
    const all = endpoints.get(servicePortId(port)) ?? [];
    return { path: `${port.namespace}/${port.name}`, port, reachable: reachableEndpoints(port, all, zone), known: all.length };
  });
}

/** With its own labels changed, kube-proxy writes every Service's rules anew. */
export function sameNodeLabels(old: RulesObjects, now: RulesObjects, node: string): boolean {
  return isDeepStrictEqual(labelsOf(old, node), labelsOf(now, node));
}

/** Tells by its `namespace/name` whether a Service is unchanged: its ports and its EndpointSlices are. */
export function unchangedServices(old: RulesObjects, now: RulesObjects): (path: string) => boolean {
  const [before, after] = [viewByService(old), viewByService(now)];
  return (path) => isDeepStrictEqual(before.get(path), after.get(path));
}

function labelsOf({ nodes }: RulesObjects, node: string): Readonly<Record<string, string>> | undefined {
  return nodes.find(({ metadata }) => metadata.name === node)?.metadata.labels;
}

/** The ports and EndpointSlices of each Service, by `namespace/name`. */
function viewByService(objects: RulesObjects): ReadonlyMap<string, readonly unknown[]> {
  const ports = servicePorts(objects.services).map((port) => [`${port.namespace}/${port.name}`, port] as const);
  const slices = objects.endpointSlices.map((slice) => [serviceOfSlice(slice) ?? '', slice] as const);
  const view = new Map<string, unknown[]>();
  for (const [path, part] of [...ports, ...slices.toSorted(([, a], [, b]) => compare(a.metadata.name, b.metadata.name))]) {
    const parts = view.get(path) ?? [];
    view.set(path, parts);
    parts.push(part);
  }
  return view;
}
