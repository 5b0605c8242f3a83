import type { KubeObject } from '../../core/cluster.js';
import { fieldsOf, isRecord } from '../../objects/source/pick.js';
import { digestOf } from './leftovers.js';
import { imagesOf, keyOf, type Written } from './manifests.js';

/**
 * Whether the cluster holds all of it just so: `kubectl apply` would leave each object as it is, and the pods run, which shows that their nodes have the images.
 * A Deployment's pods may come to any node, of which that is not known.
 * @param wanted as `marked` gives them.
 */
export function allAsWanted(there: readonly KubeObject[], wanted: readonly Written[]): boolean {
  const live = new Map(there.map((object) => [keyOf(object), object]));
  return wanted.every((item) => {
    const object = live.get(keyOf(item));
    return object !== undefined && digestOf(object) === digestOf(item) && !isLeaving(object) && isPart(item, object) && runs(item, object);
  });
}

function isLeaving(object: KubeObject): boolean {
  return object.metadata['deletionTimestamp'] !== undefined;
}

function runs(item: Written, object: KubeObject): boolean {
  if (imagesOf(item).length === 0) return true;
  return item['kind'] === 'Pod' && fieldsOf(item['spec'])['nodeName'] !== undefined && fieldsOf(object['status'])['phase'] === 'Running';
}

/** Whether each field of the first is in the second, with the same value: the server adds fields, and no elements to a list. */
function isPart(wanted: unknown, live: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(live) && live.length === wanted.length && wanted.every((item, i) => isPart(item, live[i]));
  if (isRecord(wanted)) return isRecord(live) && Object.entries(wanted).every(([name, value]) => isPart(value, live[name]));
  return wanted === live;
}
