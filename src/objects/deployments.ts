import type { Deployment, Pod } from './kubernetes.js';
import { keyOf, nameSuffix, refOf } from './names.js';

/**
 * The pods that Deployments lack, and those that they have too many of (the newest go first, also those of a deleted Deployment).
 * @param used names that pods have had: a new pod never takes the name of one that has gone.
 */
export function deploymentPods(
  deployments: readonly Deployment[],
  pods: readonly Pod[],
  used: ReadonlySet<string>,
): { readonly missing: readonly Pod[]; readonly surplus: readonly Pod[] } {
  const missing: Pod[] = [];
  const surplus: Pod[] = [];
  const byOwner = new Map<string, Pod[]>();
  for (const pod of pods) byOwner.set(ownerOf(pod), [...(byOwner.get(ownerOf(pod)) ?? []), pod]);
  for (const deployment of deployments) {
    const set = replicaSet(deployment);
    const owned = byOwner.get(set) ?? [];
    byOwner.delete(set);
    const wanted = deployment.spec.replicas ?? 1;
    surplus.push(...owned.slice(wanted));
    for (let i = owned.length, n = 0; i < wanted; n++) {
      const name = `${set}-${nameSuffix(`${set}/${n}`, 5)}`;
      if (used.has(name)) continue;
      missing.push(podOf(deployment, set, name));
      i++;
    }
  }
  byOwner.delete('');
  for (const orphans of byOwner.values()) surplus.push(...orphans);
  return { missing, surplus };
}

function ownerOf(pod: Pod): string {
  const owners = pod.metadata['ownerReferences'];
  const first: unknown = Array.isArray(owners) ? owners[0] : undefined;
  return typeof first === 'object' && first !== null && 'name' in first ? String(first.name) : '';
}

/** The ReplicaSet's name ends in a hash of the pod template, so that a changed template makes new pods. */
function replicaSet(deployment: Deployment): string {
  return `${deployment.metadata.name}-${nameSuffix(keyOf(refOf(deployment)) + JSON.stringify(deployment.spec.template), 10)}`;
}

function podOf(deployment: Deployment, set: string, name: string): Pod {
  const hash = set.slice(deployment.metadata.name.length + 1);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: deployment.metadata.namespace ?? 'default',
      labels: { ...deployment.spec.template.metadata?.labels, 'pod-template-hash': hash },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set, controller: true }],
    },
    spec: deployment.spec.template.spec,
  };
}
