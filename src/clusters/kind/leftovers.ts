import { createHash } from 'node:crypto';
import type { KubeObject } from '../../core/cluster.js';
import { fieldsOf } from '../../objects/source/pick.js';
import { fullName, imagesOf, keyOf, type Written } from './manifests.js';

/** On each object that svclab applies: the SHA-256 of what was applied. Empty once svclab has changed the object since. */
export const digestAnnotation = 'svclab/digest';

/** The same objects, each with the digest of itself and of its images. @param ids of images, by their full names. */
export function marked(items: readonly Written[], ids: ReadonlyMap<string, string> = new Map()): readonly Written[] {
  return items.map((item) => {
    const images = imagesOf(item).map((name) => ids.get(fullName(name)));
    const digest = createHash('sha256')
      .update(JSON.stringify([item, images]))
      .digest('hex');
    const metadata = fieldsOf(item['metadata']);
    return { ...item, metadata: { ...metadata, annotations: { ...fieldsOf(metadata['annotations']), [digestAnnotation]: digest } } };
  });
}

/** A merge patch (RFC 7396) that also notes that the object is no longer what was applied. */
export function notingChange(patch: Written): Written {
  const metadata = fieldsOf(patch['metadata']);
  return { ...patch, metadata: { ...metadata, annotations: { ...fieldsOf(metadata['annotations']), [digestAnnotation]: '' } } };
}

/**
 * What an earlier run that kept the cluster has applied, and is not what is wanted now: of another lab, of another version of this one, or changed since. A pod can
 * hardly be changed into another of the same name, and one more with the same labels would be one more endpoint. What others have put there is none of it.
 * @param wanted as `marked` gives them.
 */
export function leftovers(there: readonly KubeObject[], wanted: readonly Written[]): readonly KubeObject[] {
  const digests = new Map(wanted.map((item) => [keyOf(item), digestOf(item)]));
  return there.filter((object) => {
    const digest = digestOf(object);
    const owned = object.metadata['ownerReferences'] !== undefined;
    return digest !== undefined && !owned && object.kind !== 'Node' && digest !== digests.get(keyOf(object));
  });
}

export function digestOf(object: Written | KubeObject): unknown {
  return fieldsOf(fieldsOf(object['metadata'])['annotations'])[digestAnnotation];
}
