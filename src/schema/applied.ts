import type { ManifestSource } from '../core/cluster.js';
import type { Change, Lab } from './lab.js';

/** The manifests that a lab's changes apply, each once. */
export function appliedManifests(lab: Lab): readonly ManifestSource[] {
  const changes = lab.steps.flatMap((step): readonly Change[] => [
    ...step.given,
    ...step.actions.flatMap((action) => (action.kind === 'change' ? [action.change] : action.kind === 'command' ? action.meanwhile : [])),
  ]);
  const manifests = changes.flatMap((change) => (change.kind === 'apply' ? [change.manifest] : []));
  return manifests.filter(({ file }, i) => manifests.findIndex((other) => other.file === file) === i);
}
