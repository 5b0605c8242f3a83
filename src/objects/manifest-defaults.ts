import type { KubeObject } from '../core/cluster.js';
import type { DeploymentManifest, PodManifest, ServiceManifest } from './manifest-schema.js';

/** What the API server fills in (`pkg/apis/core/v1/defaults.go` and `pkg/apis/apps/v1/defaults.go`, v1.31), as far as it is honoured. */
export function podDefaults(pod: PodManifest): KubeObject {
  return { ...pod, metadata: namespaced(pod.metadata), spec: podSpecDefaults(pod.spec) };
}

export function deploymentDefaults(deployment: DeploymentManifest): KubeObject {
  const { spec } = deployment;
  return {
    ...deployment,
    metadata: namespaced(deployment.metadata),
    spec: { ...spec, replicas: spec.replicas ?? 1, template: { ...spec.template, spec: podSpecDefaults(spec.template.spec) } },
  };
}

export function serviceDefaults(service: ServiceManifest): KubeObject {
  const { spec } = service;
  const type = spec.type ?? 'ClusterIP';
  const affinity = spec.sessionAffinity ?? 'None';
  const timeoutSeconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800;
  const external = type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  return {
    ...service,
    metadata: namespaced(service.metadata),
    spec: {
      ...spec,
      type,
      ...(spec.ports === undefined
        ? {}
        : { ports: spec.ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP', targetPort: port.targetPort ?? port.port })) }),
      sessionAffinity: affinity,
      ...(affinity === 'ClientIP' ? { sessionAffinityConfig: { clientIP: { timeoutSeconds } } } : {}),
      ...(type === 'ExternalName' ? {} : { internalTrafficPolicy: spec.internalTrafficPolicy ?? 'Cluster' }),
      ...(external ? { externalTrafficPolicy: spec.externalTrafficPolicy ?? 'Cluster' } : {}),
    },
  };
}

function namespaced<T extends { readonly namespace?: string }>(metadata: T): T & { namespace: string } {
  return { ...metadata, namespace: metadata.namespace ?? 'default' };
}

function podSpecDefaults(spec: PodManifest['spec']): PodManifest['spec'] {
  return {
    ...spec,
    containers: spec.containers.map((container) =>
      container.ports === undefined
        ? container
        : { ...container, ports: container.ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' })) },
    ),
  };
}
