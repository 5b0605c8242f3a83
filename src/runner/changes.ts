import type { Cluster, KubeObject } from '../core/cluster.js';
import { loadManifests } from '../objects/manifests.js';
import { isPatched } from '../objects/merge-patch.js';
import { keyOf, refOf } from '../objects/names.js';
import { isRecord, itemsOf } from '../objects/source/pick.js';
import type { Change, Growth } from '../schema/lab.js';

/** A cluster that grows is the runner's own: see `grow`. */
type Plain = Exclude<Change, Growth>;

/** Makes a change, and returns when its effects are in place. Where the cluster is asked for that already, nothing is done. */
export async function makeChange(cluster: Cluster, change: Change, signal: AbortSignal): Promise<void> {
  if (change.kind === 'grow') throw new Error('a cluster grows by the runner, which keeps how long it took');
  if (change.kind === 'proxy-mode') return cluster.setProxyMode(change.mode, signal);
  if (isSo(await cluster.objects(signal), change)) return;
  switch (change.kind) {
    case 'patch':
      return cluster.patch(change.object, change.with, signal);
    case 'delete':
      return cluster.delete(change.object, signal);
    case 'apply':
      return cluster.apply([change.manifest], signal);
  }
}

/** The command that a person would type for it. */
export function commandOf(change: Change | Pick<Extract<Change, { readonly kind: 'proxy-mode' }>, 'kind' | 'mode'>): string {
  switch (change.kind) {
    case 'patch':
      return `kubectl patch ${named(change.object)} --type merge --patch '${JSON.stringify(change.with)}'`;
    case 'delete':
      return `kubectl delete ${named(change.object)}`;
    case 'apply':
      return `kubectl apply --filename ${change.manifest.file}`;
    case 'grow':
      return `kubectl apply --filename ${change.manifest.file}  # ${change.stages.map(({ services }) => services).join(', ')} copies`;
    case 'proxy-mode':
      return `kubectl edit configmap kube-proxy --namespace kube-system  # mode: ${change.mode}`;
  }
}

function named({ kind, namespace, name }: { readonly kind: string; readonly namespace: string; readonly name: string }): string {
  return `${kind.toLowerCase()} ${name}${['', 'default'].includes(namespace) ? '' : ` --namespace ${namespace}`}`;
}

function isSo(objects: readonly KubeObject[], change: Exclude<Plain, { readonly kind: 'proxy-mode' }>): boolean {
  const there = new Map(objects.map((object) => [keyOf(refOf(object)), object]));
  switch (change.kind) {
    case 'patch': {
      const now = there.get(keyOf(change.object));
      return now !== undefined && isPatched(now, change.with);
    }
    case 'delete':
      return !there.has(keyOf(change.object));
    case 'apply':
      return loadManifests([change.manifest]).objects.every((wanted) => holds(there.get(keyOf(refOf(wanted))), wanted));
  }
}

/** Whether all that is written is so; a cluster adds to it. */
function holds(now: unknown, written: unknown): boolean {
  if (isRecord(written)) return isRecord(now) && Object.entries(written).every(([key, value]) => holds(now[key], value));
  if (!Array.isArray(written)) return now === written;
  const items = itemsOf(now);
  return Array.isArray(now) && items.length === written.length && written.every((value, i) => holds(items[i], value));
}
