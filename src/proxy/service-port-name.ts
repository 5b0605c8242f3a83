import type { Protocol } from '../objects/kubernetes.js';

/** What kube-proxy calls one port of a Service. `port` is empty where the Service has a single port without a name. */
export interface ServicePortKey {
  readonly namespace: string;
  readonly name: string;
  readonly port: string;
  readonly protocol: Protocol;
}

/** `default/svc-clusterip:svc-webport`; without the colon where the port has no name (kube-proxy v1.31.0, pkg/proxy/types.go). */
export function servicePortName(key: ServicePortKey): string {
  return `${key.namespace}/${key.name}${key.port === '' ? '' : `:${key.port}`}`;
}
