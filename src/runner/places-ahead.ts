import type { Place } from '../core/executor.js';
import { readReference } from '../scene/reference.js';
import type { Lab } from '../schema/lab.js';
import { isFor } from './is-for.js';

/** The pods and the clients outside in which a lab types commands or observes, as far as its file alone tells: those that are roles by themselves. */
export function placesAhead(lab: Lab, provider: string): readonly Place[] {
  const expressions = lab.steps.flatMap(({ actions, observe }) => [
    ...actions.flatMap((action) => (action.kind === 'command' && isFor(action.clusters, provider) ? [action.on] : [])),
    ...observe.filter(({ clusters }) => isFor(clusters, provider)).flatMap(({ on }) => on),
  ]);
  const places = expressions.flatMap((expression): Place[] => {
    const reference = lab.roles[expression];
    if (reference === undefined) return [];
    const { kind, namespace, name } = readReference(reference);
    if (kind === 'pod') return [`pod/${namespace}/${name}`];
    return kind === 'client' ? [`client/${name}`] : [];
  });
  return [...new Set(places)];
}
