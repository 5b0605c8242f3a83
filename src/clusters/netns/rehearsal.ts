import type { KubeObject, ManifestSource, ObjectRef } from '../../core/cluster.js';
import { keyOf, refOf } from '../../objects/names.js';
import { ObjectStore } from '../../objects/store.js';
import type { KindConfig } from '../../schema/kind-config.js';
import type { Change, ObjectChange } from '../../schema/lab.js';
import { hostsOf, type NodeSetup, nodeObject } from './nodes.js';
import { planManifests } from './plan-pods.js';

/** What of a cluster's configuration its objects depend on. */
type Stage = Pick<KindConfig, 'podSubnet' | 'serviceSubnet'> & { readonly nodes: readonly NodeSetup[] };

/** The objects of the embedded cluster without the cluster: what is going to be asked of it can be tried on them first. */
export function objectStore({ nodes, podSubnet, serviceSubnet }: Stage): ObjectStore {
  const hosts = hostsOf(nodes, podSubnet).nodes;
  // There are as many hosts as nodes.
  return new ObjectStore(
    nodes.flatMap((node, i) => hosts.slice(i, i + 1).map((host) => nodeObject(node, host))),
    serviceSubnet,
  );
}

/** Holds a patched object against what a manifest may say. @throws InputError */
export function mustBeWritable(ref: ObjectRef): (patched: KubeObject) => void {
  return (patched) => {
    if (patched.kind === 'Node') return;
    const { status: _status, ...written } = patched;
    planManifests([{ file: `${ref.kind} ${ref.name}, patched`, text: JSON.stringify(written, null, 2) }]);
  };
}

/** What a lab will ask of the embedded cluster's objects, tried on them alone. */
export class Rehearsal {
  readonly #store: ObjectStore;

  constructor(config: Stage) {
    this.#store = objectStore(config);
  }

  /** @throws InputError, UsageError where the manifests cannot be applied together. */
  apply(manifests: readonly ManifestSource[]): void {
    this.#store.apply(planManifests(manifests).objects);
  }

  /** A change of an object that is not there has nothing to do where it deletes it. @throws InputError, UsageError for what cannot be. */
  make(change: Change): void {
    if (change.kind === 'apply') this.apply([change.manifest]);
    else if (change.kind === 'patch' || (change.kind === 'delete' && this.#has(change.object))) this.must(change);
  }

  /** As a break does: what it deletes must be there. @throws InputError, UsageError for what cannot be. */
  must(change: ObjectChange): void {
    if (change.kind === 'patch') this.#store.patch(change.object, change.with, mustBeWritable(change.object));
    else this.#store.delete(change.object);
  }

  #has(ref: ObjectRef): boolean {
    return this.#store.objects.some((object) => keyOf(refOf(object)) === keyOf(ref));
  }
}
