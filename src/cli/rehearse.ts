import { Rehearsal } from '../clusters/netns/rehearsal.js';
import { InputError, type Problem, UsageError } from '../core/errors.js';
import type { SourceRef } from '../core/events.js';
import { changesOf } from '../schema/applied.js';
import { loadKindConfig } from '../schema/kind-config.js';
import type { Change, Lab } from '../schema/lab.js';

/**
 * Tries what a lab will change on the embedded cluster's objects, without a cluster: its changes in their order up to the first that cannot be, and, where all can,
 * what each break changes after them. A real cluster may refuse more.
 * @throws InputError where the manifests cannot be applied.
 */
export function rehearse(lab: Lab): readonly Problem[] {
  if (!lab.clusters.includes('netns')) return [];
  const config = loadKindConfig(lab.cluster);
  const onNetns = (changes: readonly Change[]): readonly Change[] =>
    changes.filter(({ clusters }) => clusters?.includes('netns') !== false);
  const begin = (): Rehearsal => new Rehearsal(config, lab.manifests);
  const changes = onNetns(changesOf(lab));
  const first = begin();
  for (const change of changes) {
    const problem = problemOf(lab, change.source, () => first.make(change));
    if (problem !== undefined) return [problem];
  }
  return lab.steps.flatMap((step) =>
    step.claims.flatMap(({ breaks, clusters }) =>
      breaks.flatMap(({ ways, source }) => {
        const changed = ways.flatMap((way) => (way.kind === 'patch' || way.kind === 'delete' ? [way] : []));
        if (changed.length === 0 || clusters?.includes('netns') === false) return [];
        const again = begin();
        for (const change of [...changes, ...onNetns(step.given)]) again.make(change);
        const problem = problemOf(lab, source, () => {
          for (const way of changed) again.break(way);
        });
        return problem === undefined ? [] : [problem];
      }),
    ),
  );
}

function problemOf(lab: Lab, { file, line, column }: SourceRef, change: () => void): Problem | undefined {
  try {
    change();
    return undefined;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof InputError)) throw error;
    const [first] = error instanceof InputError ? error.problems : [];
    const [expected, hint] = [first?.expected, first?.hint ?? error.hint];
    return {
      ...{ file, line, column, length: 1, source: lab.text.split('\n')[line - 1] ?? '' },
      message: `this cannot be changed so: ${first?.message ?? error.message}`,
      ...(expected === undefined ? {} : { expected }),
      ...(hint === undefined ? {} : { hint }),
    };
  }
}
