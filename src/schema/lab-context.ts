import type { ManifestSource } from '../core/cluster.js';
import type { Path } from '../objects/source/locate.js';
import { itemsOf } from '../objects/source/pick.js';
import { didYouMean, oneOf } from '../objects/source/suggest.js';
import type { Names } from './references.js';
import type { LabRegistries } from './registries.js';

export interface LabContext {
  readonly registries: LabRegistries;
  readonly names: Names;
  /** Reads a file that the lab names, relative to the lab's own folder; a fault is noted. The path it gives is that folder's. */
  readonly near: (path: unknown, at: Path) => ManifestSource;
  /** Where each id was first used. */
  readonly ids: Readonly<Record<'step' | 'claim' | 'break', Map<string, Path>>>;
}

/** Reports an id that was used before. */
export function noteId(context: LabContext, what: 'step' | 'claim' | 'break', value: unknown, path: Path): void {
  if (typeof value !== 'string') return;
  const { list } = context.names;
  const first = context.ids[what].get(value);
  if (first === undefined) {
    context.ids[what].set(value, path);
    return;
  }
  const { file, line, column } = list.document.where(first);
  list.add(path, { message: `the ${what} id '${value}' is used twice`, hint: `the first is at ${file}:${line}:${column}` });
}

/** Reports a kind that no registry has; true where it is known. */
export function checkKind(context: LabContext, what: string, kind: string, known: readonly string[], path: Path): boolean {
  if (known.includes(kind)) return true;
  context.names.list.add(path, {
    message: `there is no ${what} '${kind}'`,
    expected: oneOf(known),
    ...didYouMean(kind, known),
  });
  return false;
}

/** Reports kinds of cluster that there are not. */
export function checkFor(context: LabContext, clusters: unknown, path: Path): void {
  for (const [i, kind] of itemsOf(clusters).entries()) {
    if (typeof kind === 'string') checkKind(context, 'cluster kind', kind, context.registries.clusters, [...path, i]);
  }
}
