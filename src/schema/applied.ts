import type { ManifestSource } from '../core/cluster.js';
import type { Change, Lab } from './lab.js';

/** What a lab changes, in its order, breaks aside. */
export function changesOf(lab: Lab): readonly Change[] {
  return lab.steps.flatMap((step): readonly Change[] => [
    ...step.given,
    ...step.actions.flatMap((action) => (action.kind === 'change' ? [action.change] : action.kind === 'command' ? action.meanwhile : [])),
  ]);
}

/** The manifests that a lab's changes apply, each once. */
export function appliedManifests(lab: Lab): readonly ManifestSource[] {
  const manifests = changesOf(lab).flatMap((change) => (change.kind === 'apply' || change.kind === 'grow' ? [change.manifest] : []));
  return manifests.filter(({ file }, i) => manifests.findIndex((other) => other.file === file) === i);
}
