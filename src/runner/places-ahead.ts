import type { Place } from '../core/executor.js';
import type { Lab } from '../schema/lab.js';
import { parseRoleRef } from '../schema/roles.js';
import { isFor } from './is-for.js';

/** The pods and the clients outside in which a lab types commands or observes, as far as its file alone tells: those that are roles by themselves. */
export function placesAhead(lab: Lab, provider: string): readonly Place[] {
  const expressions = lab.steps.flatMap(({ actions, observe }) => [
    ...actions.flatMap((action) => (action.kind === 'command' && isFor(action.clusters, provider) ? [action.on] : [])),
    ...observe.filter(({ clusters }) => isFor(clusters, provider)).flatMap(({ on }) => on),
  ]);
  const places = expressions.flatMap((expression): Place[] => {
    const reference = parseRoleRef(expression, lab.roles[expression] ?? '');
    if (reference?.kind === 'pod') return [`pod/${reference.namespace}/${reference.name}`];
    return reference?.kind === 'client' ? [`client/${reference.name}`] : [];
  });
  return [...new Set(places)];
}
