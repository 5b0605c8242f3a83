import type { KubeObject } from '../../core/cluster.js';
import { endpointSlices, isReady, unmetReadinessGate } from '../../objects/endpoints.js';
import { isDeployment, isEndpointSlice, isNode, isPod, isService } from '../../objects/guards.js';
import type { Deployment, EndpointSlice, Pod } from '../../objects/kubernetes.js';
import { isRecord, itemsOf } from '../../objects/source/pick.js';

/** What is not yet as the objects ask for it, in one sentence; undefined when all is ready. */
export function unready(objects: readonly KubeObject[]): string | undefined {
  for (const node of objects.filter(isNode)) if (!isNodeReady(node)) return `node ${node.metadata.name} is not Ready`;
  const pods = objects.filter(isPod);
  for (const pod of pods) {
    if (pod.metadata['deletionTimestamp'] !== undefined) return `pod ${pod.metadata.name} is still ending`;
  }
  const waiting = unreadyPod(objects);
  if (waiting !== undefined) {
    const reason = waitingReason(waiting);
    return `pod ${waiting.metadata.name} is not Ready${reason === undefined ? '' : ` (${reason})`}`;
  }
  for (const deployment of objects.filter(isDeployment)) {
    const ready = readyReplicas(deployment);
    if (ready !== (deployment.spec.replicas ?? 1)) return `deployment ${deployment.metadata.name} has ${ready} ready pods`;
  }
  const slices = objects.filter(isEndpointSlice);
  for (const service of objects.filter(isService)) {
    if (Object.keys(service.spec.selector ?? {}).length === 0) continue;
    const of = (slice: EndpointSlice): boolean =>
      slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name &&
      slice.metadata.namespace === service.metadata.namespace;
    const wanted = described(endpointSlices(service, pods));
    const found = described(slices.filter(of));
    if (wanted !== found)
      return `the EndpointSlices of ${service.metadata.name} hold ${found || 'nothing'}, and should hold ${wanted || 'nothing'}`;
  }
  return undefined;
}

/** What kube-proxy writes its rules from, in words that differ where it does. */
export function rulesInput(objects: readonly KubeObject[]): string {
  return objects
    .flatMap(({ kind, metadata: { namespace, name, labels, resourceVersion } }) => {
      // A Node changes all the time.
      if (kind === 'Node') return [JSON.stringify([kind, name, labels])];
      return kind === 'Service' || kind === 'EndpointSlice' ? [JSON.stringify([kind, namespace, name, resourceVersion])] : [];
    })
    .sort()
    .join('\n');
}

/** The first pod that is not Ready; one that waits for a condition which nobody sets is as ready as it will be. */
export function unreadyPod(objects: readonly KubeObject[]): Pod | undefined {
  return objects.filter(isPod).find((pod) => !isReady(pod) && !(unmetReadinessGate(pod) !== undefined && containersReady(pod)));
}

/** Why a container of the pod does not run, in the kubelet's word: `CrashLoopBackOff`, `ErrImageNeverPull`. */
function waitingReason(pod: Pod): string | undefined {
  for (const status of itemsOf(pod.status?.['containerStatuses']).filter(isRecord)) {
    const waiting = isRecord(status['state']) ? status['state']['waiting'] : undefined;
    if (isRecord(waiting) && typeof waiting['reason'] === 'string') return waiting['reason'];
  }
  return undefined;
}

/** A Node without conditions has had no kubelet that would report any. */
export function isNodeReady(node: KubeObject): boolean {
  const status = node['status'];
  const conditions = isRecord(status) ? itemsOf(status['conditions']).filter(isRecord) : [];
  return conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
}

function containersReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'ContainersReady' && status === 'True') ?? false;
}

function readyReplicas(deployment: Deployment): number {
  const status: unknown = deployment['status'];
  if (typeof status !== 'object' || status === null) return 0;
  const ready: unknown = Reflect.get(status, 'readyReplicas');
  return typeof ready === 'number' ? ready : 0;
}

/** Addresses with their ports, sorted; those that are not ready too: that they go is another change, which kube-proxy takes up in a sync of its own. */
function described(slices: readonly EndpointSlice[]): string {
  return slices
    .flatMap((slice) =>
      (slice.endpoints ?? []).flatMap(({ addresses, conditions }) =>
        addresses.flatMap((address) =>
          (slice.ports ?? []).map((port) => `${address}:${port.port}${conditions?.ready === false ? ' (not ready)' : ''}`),
        ),
      ),
    )
    .sort()
    .join(' ');
}

/** The nodes' names and addresses. */
export function nodeAddresses(objects: readonly KubeObject[]): readonly { readonly name: string; readonly ip: string }[] {
  return objects.filter(isNode).map((node) => ({
    name: node.metadata.name,
    ip: node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address ?? '',
  }));
}
