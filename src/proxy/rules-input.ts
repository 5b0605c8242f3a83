import type { KubeObject } from '../core/cluster.js';
import type { EndpointSlice, Node, Service } from '../objects/kubernetes.js';
import { remembered } from './remembered.js';

/** The objects that kube-proxy watches. */
export interface RulesObjects {
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly nodes: readonly Node[];
}

/**
 * Picks what kube-proxy watches out of any objects (a List already flattened). As its informers do, it leaves out Services and EndpointSlices
 * that are labelled for another proxy or as headless (kube-proxy v1.31.0, cmd/kube-proxy/app/server.go).
 */
export function pickRulesObjects(objects: readonly KubeObject[]): RulesObjects {
  return picked(objects, undefined);
}

const picked = remembered<readonly KubeObject[], undefined, RulesObjects>(
  (objects) => ({
    services: objects.filter(isService).filter(forKubeProxy),
    endpointSlices: objects
      .filter(isEndpointSlice)
      .filter(({ addressType }) => addressType !== 'FQDN')
      .filter(forKubeProxy),
    nodes: objects.filter(isNode),
  }),
  () => '',
);

/** `default` where an object names no namespace, as kubectl has it. */
export function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? 'default';
}

function isService(object: KubeObject): object is Service {
  return object.kind === 'Service' && object.apiVersion === 'v1' && isRecord(object.spec);
}

function isEndpointSlice(object: KubeObject): object is EndpointSlice {
  return object.kind === 'EndpointSlice' && object.apiVersion === 'discovery.k8s.io/v1';
}

function isNode(object: KubeObject): object is Node {
  return object.kind === 'Node' && object.apiVersion === 'v1';
}

function forKubeProxy(object: KubeObject): boolean {
  const labels = object.metadata.labels ?? {};
  return !('service.kubernetes.io/service-proxy-name' in labels) && !('service.kubernetes.io/headless' in labels);
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
