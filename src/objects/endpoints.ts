import type { Endpoint, EndpointSlice, Pod, Protocol, Service } from './kubernetes.js';
import { nameSuffix, uidOf } from './names.js';

/**
 * What the EndpointSlice controller makes of a Service and the pods it selects (`pkg/controller/endpointslice` of v1.31):
 * pods that resolve the Service's target ports to the same numbers share a slice. A Service without a selector gets none.
 */
export function endpointSlices(service: Service, pods: readonly Pod[]): readonly EndpointSlice[] {
  const selector = service.spec.selector;
  if (selector === undefined || Object.keys(selector).length === 0 || service.spec.type === 'ExternalName') return [];
  const namespace = service.metadata.namespace ?? 'default';
  const selected = pods.filter(
    (pod) => (pod.metadata.namespace ?? 'default') === namespace && selects(selector, pod) && pod.status?.podIP !== undefined,
  );
  const groups = new Map<string, { ports: SlicePort[]; pods: Pod[] }>();
  for (const pod of selected) {
    const ports = resolvePorts(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, pods: [] };
    group.pods.push(pod);
    groups.set(key, group);
  }
  if (groups.size === 0) groups.set('none', { ports: [], pods: [] });
  return [...groups].map(([key, group]) => slice(service, namespace, key, group.ports, group.pods));
}

function selects(selector: Readonly<Record<string, string>>, pod: { readonly metadata: Pod['metadata'] }): boolean {
  return Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value);
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

/** A condition that the pod waits for and nobody has set: all of its containers run, and it is not Ready all the same (KEP-580). */
export function unmetReadinessGate(pod: Pod): string | undefined {
  const met = (type: string) =>
    pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  return pod.spec.readinessGates?.find(({ conditionType }) => !met(conditionType))?.conditionType;
}

interface SlicePort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
}

/** A named target port that the pod does not have is left out, as the controller does. */
function resolvePorts(service: Service, pod: Pod): SlicePort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const protocol = port.protocol ?? 'TCP';
    const target = port.targetPort ?? port.port;
    const number =
      typeof target === 'number'
        ? target
        : pod.spec.containers.flatMap((c) => c.ports ?? []).find((p) => p.name === target && (p.protocol ?? 'TCP') === protocol)
            ?.containerPort;
    return number === undefined ? [] : [{ name: port.name ?? '', protocol, port: number }];
  });
}

function slice(service: Service, namespace: string, key: string, ports: readonly SlicePort[], pods: readonly Pod[]): EndpointSlice {
  const seed = `${namespace}/${service.metadata.name}/${key}`;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${service.metadata.name}-${nameSuffix(seed, 5)}`,
      namespace,
      uid: uidOf(`slice/${seed}`),
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': service.metadata.name,
        ...(service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
      },
    },
    addressType: 'IPv4',
    endpoints: pods.map((pod) => endpoint(service, namespace, pod)),
    ports,
  };
}

function endpoint(service: Service, namespace: string, pod: Pod): Endpoint {
  const ready = isReady(pod);
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready: ready || service.spec.publishNotReadyAddresses === true, serving: ready, terminating: false },
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', name: pod.metadata.name, namespace, uid: String(pod.metadata['uid'] ?? '') },
  };
}
