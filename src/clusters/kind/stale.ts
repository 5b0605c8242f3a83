import type { KubeObject } from '../../core/cluster.js';
import { isRecord, itemsOf } from '../../objects/source/pick.js';

/**
 * The API server shows what it was told last, for most of a minute after a node has ended. So what it says of a node counts only when it was told since
 * the node's container was started: by the node's Lease, and by each of its pods' containers, all of which have been started anew.
 * @param startedMs milliseconds since the epoch.
 * @returns what is not known yet, in one sentence.
 */
export function staleOn(objects: readonly KubeObject[], node: string, startedMs: number): string | undefined {
  const isLease = ({ kind, metadata }: KubeObject): boolean =>
    kind === 'Lease' && metadata.namespace === 'kube-node-lease' && metadata.name === node;
  const renewed = time(fields(objects.find(isLease), 'spec')['renewTime']);
  if (!(renewed >= startedMs)) return `node ${node} has not been heard of since it was started`;
  for (const pod of objects.filter((object) => object.kind === 'Pod' && fields(object, 'spec')['nodeName'] === node)) {
    const status = fields(pod, 'status');
    if (status['phase'] !== 'Running') continue;
    const containers = itemsOf(status['containerStatuses']).filter(isRecord);
    // Kubernetes writes whole seconds.
    const old = containers.some((one) => time(fields(fields(one, 'state'), 'running')['startedAt']) < Math.floor(startedMs / 1000) * 1000);
    if (old) return `pod ${pod.metadata.name} has not been started again on ${node}`;
  }
  return undefined;
}

function fields(value: unknown, name: string): Readonly<Record<string, unknown>> {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return isRecord(found) ? found : {};
}

function time(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}
