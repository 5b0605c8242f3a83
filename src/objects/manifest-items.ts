import type { ManifestSource } from '../core/cluster.js';
import type { Problem } from '../core/errors.js';
import { readDocuments, type SourceDocument } from './source/documents.js';
import { shown } from './source/issues.js';
import type { Path } from './source/locate.js';
import { isRecord } from './source/pick.js';

/** One object of a file, as written, and its place. */
export interface ManifestItem {
  readonly document: SourceDocument;
  readonly path: Path;
  readonly value: Readonly<Record<string, unknown>>;
}

/** The objects of every document, those inside Lists (`List`, `PodList`, …) included. */
export function readItems(source: ManifestSource): { readonly items: readonly ManifestItem[]; readonly problems: readonly Problem[] } {
  const { documents, problems: found } = readDocuments(source, 'kubernetes');
  const items: ManifestItem[] = [];
  const problems = [...found];

  function add(document: SourceDocument, path: Path, value: unknown): void {
    if (!isRecord(value)) {
      problems.push(
        document.problem(path, {
          message: `a Kubernetes object must be a mapping, not ${shown(value)}`,
          expected: 'apiVersion, kind, metadata',
        }),
      );
      return;
    }
    const { apiVersion, kind, items: below } = value;
    if (typeof kind !== 'string' || !kind.endsWith('List') || (kind !== 'List' && below === undefined)) {
      items.push({ document, path, value });
    } else if (!Array.isArray(below)) {
      problems.push(document.problem(below === undefined ? path : [...path, 'items'], { message: `'items' of a ${kind} must be a list` }));
    } else {
      // The items of a typed list leave out what the list says already.
      const common = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
      for (const [i, item] of below.entries()) add(document, [...path, 'items', i], isRecord(item) ? { ...common, ...item } : item);
    }
  }

  for (const document of documents) add(document, [], document.value);
  return { items, problems };
}
