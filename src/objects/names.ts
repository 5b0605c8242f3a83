import { hash } from 'node:crypto';
import type { KubeObject, ObjectRef } from '../core/cluster.js';
import { UsageError } from '../core/errors.js';

const kinds: Readonly<Record<string, string>> = {
  node: 'Node',
  no: 'Node',
  pod: 'Pod',
  po: 'Pod',
  svc: 'Service',
  service: 'Service',
  deploy: 'Deployment',
  deployment: 'Deployment',
  endpointslice: 'EndpointSlice',
};

/** The alphabet of generated names: no vowels and no look-alikes (`k8s.io/apimachinery/pkg/util/rand`). */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `pod/net-pod`, `svc/kube-system/kube-dns`, `node/myk8s-worker`. */
export function parseRef(text: string): ObjectRef {
  const [kind = '', ...rest] = text.split('/');
  const known = kinds[kind.toLowerCase()];
  if (known === undefined || rest.length === 0 || rest.length > 2) {
    throw new UsageError(`'${text}' names no object`, {
      hint: 'write pod/NAME, svc/NAME, deploy/NAME or node/NAME, with the namespace in the middle where it is not default',
    });
  }
  const [first = '', second] = rest;
  return { kind: known, namespace: known === 'Node' ? '' : second === undefined ? 'default' : first, name: second ?? first };
}

export function refOf(object: KubeObject): ObjectRef {
  return {
    kind: object.kind,
    namespace: object.kind === 'Node' ? '' : (object.metadata.namespace ?? 'default'),
    name: object.metadata.name,
  };
}

export function keyOf(ref: ObjectRef): string {
  return `${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** A suffix as Kubernetes generates it, derived from a seed so that it is the same each time. */
export function nameSuffix(seed: string, length: number): string {
  const digest = hash('sha256', seed, 'buffer');
  return Array.from({ length }, (_, i) => alphabet[(digest[i] ?? 0) % alphabet.length]).join('');
}

/** A uid in the form of a UUID, derived from a seed. */
export function uidOf(seed: string): string {
  const hex = hash('sha256', seed, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
