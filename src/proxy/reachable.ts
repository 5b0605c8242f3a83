import type { EndpointInfo } from './endpoints.js';
import { type ServicePortInfo, usesClusterEndpoints, usesLocalEndpoints } from './service-ports.js';

/** Which endpoints a Service's port uses on one node. */
export interface Reachable {
  /** For traffic policy Cluster; empty when the port never uses it. */
  readonly cluster: readonly EndpointInfo[];
  /** For traffic policy Local; empty when the port never uses it. */
  readonly local: readonly EndpointInfo[];
  /** Both together. */
  readonly all: readonly EndpointInfo[];
  /** Whether there is a usable endpoint anywhere in the cluster. */
  readonly any: boolean;
}

/** kube-proxy v1.31.0, pkg/proxy/topology.go. The zone is the node's label `topology.kubernetes.io/zone`. */
export function reachableEndpoints(port: ServicePortInfo, endpoints: readonly EndpointInfo[], zone: string | undefined): Reachable {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  // Pods on their way out that still answer: used only where nothing better is left.
  const leaving = endpoints.filter((endpoint) => !endpoint.ready && endpoint.serving && endpoint.terminating);

  const cluster = usesClusterEndpoints(port) ? firstNonEmpty(inZone(ready, zone), leaving) : [];
  const local = usesLocalEndpoints(port) ? firstNonEmpty(ready.filter(isLocal), leaving.filter(isLocal)) : [];
  return {
    cluster,
    local,
    all: [...cluster, ...local.filter((endpoint) => !cluster.includes(endpoint))],
    any: cluster.length > 0 || (usesLocalEndpoints(port) && ready.length + leaving.length > 0),
  };
}

/**
 * The endpoints hinted for this zone; all of them as soon as one has no hint or none is hinted for this zone. (In v1.31 hints are
 * followed wherever they are: the feature gate ServiceTrafficDistribution, on by default, makes the Service's annotation irrelevant.)
 */
function inZone(ready: readonly EndpointInfo[], zone: string | undefined): readonly EndpointInfo[] {
  if (!zone || ready.some(({ zones }) => zones.length === 0)) return ready;
  return firstNonEmpty(
    ready.filter(({ zones }) => zones.includes(zone)),
    ready,
  );
}

function isLocal(endpoint: EndpointInfo): boolean {
  return endpoint.local;
}

function firstNonEmpty<T>(first: readonly T[], otherwise: readonly T[]): readonly T[] {
  return first.length > 0 ? first : otherwise;
}
