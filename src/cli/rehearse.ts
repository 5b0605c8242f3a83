import { Rehearsal } from '../clusters/netns/rehearsal.js';
import type { Problem } from '../core/errors.js';
import type { SourceRef } from '../core/events.js';
import { refusalOf } from '../runner/blamed.js';
import { changesOf } from '../schema/applied.js';
import { loadKindConfig } from '../schema/kind-config.js';
import type { Clusters, Lab } from '../schema/lab.js';

/**
 * Tries what a lab will change on the embedded cluster's objects, without a cluster: its changes in their order up to the first that cannot be, and, where all can,
 * what each break changes after them. A real cluster may refuse more.
 */
export function rehearse(lab: Lab): readonly Problem[] {
  if (!lab.clusters.includes('netns')) return [];
  const changes = onNetns(changesOf(lab));
  const config = loadKindConfig(lab.cluster);
  const rehearsal = new Rehearsal(config);
  const whole: SourceRef = { file: lab.file, line: 1, column: 1 };
  const together = problemOf(lab, whole, 'the manifests cannot be applied together', () => rehearsal.apply(lab.manifests));
  if (together !== undefined) return [together];
  for (const change of changes) {
    const problem = problemOf(lab, change.source, cannot, () => rehearsal.make(change));
    if (problem !== undefined) return [problem];
  }
  return lab.steps.flatMap((step) =>
    onNetns(step.claims)
      .flatMap(({ breaks }) => breaks)
      .flatMap(({ ways, source }) => {
        const changed = ways.filter((way) => way.kind === 'patch' || way.kind === 'delete');
        if (changed.length === 0) return [];
        const problem = problemOf(lab, source, cannot, () => {
          const again = new Rehearsal(config);
          again.apply(lab.manifests);
          for (const change of [...changes, ...onNetns(step.given)]) again.make(change);
          for (const way of changed) again.must(way);
        });
        return problem === undefined ? [] : [problem];
      }),
  );
}

const cannot = 'this cannot be changed so';

function onNetns<T extends { readonly clusters: Clusters }>(parts: readonly T[]): readonly T[] {
  return parts.filter(({ clusters }) => clusters?.includes('netns') !== false);
}

function problemOf(lab: Lab, { file, line, column }: SourceRef, what: string, change: () => void): Problem | undefined {
  try {
    change();
    return undefined;
  } catch (error) {
    const refused = refusalOf(error);
    if (refused === undefined) throw error;
    const at = { file, line, column, length: 1, source: lab.text.split('\n')[line - 1] ?? '' };
    return { ...refused, ...at, message: `${what}: ${refused.message}` };
  }
}
