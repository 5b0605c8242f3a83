import type { ClusterFacts, KubeObject, OutsideClient } from '../core/cluster.js';
import type { Deployment, EndpointSlice, Node, Pod, Service } from './kubernetes.js';

/*
 * Objects are validated where they enter (`manifests.ts`, or the API server of a real cluster); from then on
 * apiVersion and kind tell their type.
 */
export function isNode(object: KubeObject): object is Node {
  return object.apiVersion === 'v1' && object.kind === 'Node';
}

export function isPod(object: KubeObject): object is Pod {
  return object.apiVersion === 'v1' && object.kind === 'Pod';
}

export function isService(object: KubeObject): object is Service {
  return object.apiVersion === 'v1' && object.kind === 'Service';
}

export function isDeployment(object: KubeObject): object is Deployment {
  return object.apiVersion === 'apps/v1' && object.kind === 'Deployment';
}

export function isEndpointSlice(object: KubeObject): object is EndpointSlice {
  return object.apiVersion === 'discovery.k8s.io/v1' && object.kind === 'EndpointSlice';
}

export function isOutsideClient(object: KubeObject): object is OutsideClient {
  return object.apiVersion === 'svclab/v1' && object.kind === 'Client';
}

export function isClusterFacts(object: KubeObject): object is ClusterFacts {
  return object.apiVersion === 'svclab/v1' && object.kind === 'Cluster';
}
