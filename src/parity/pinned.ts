import { isMap, parseAllDocuments } from 'yaml';
import type { ManifestSource } from '../core/cluster.js';

const placed = ['spec', 'template', 'spec', 'nodeName'];

/**
 * The manifests, with the pods of each Deployment on that node. Which node a scheduler takes is its own affair, and among equals chance (v1.31.0,
 * pkg/scheduler/schedule_one.go, selectHost): two clusters would differ in nothing else.
 */
export function pinned(manifests: readonly ManifestSource[], node: string): readonly ManifestSource[] {
  return manifests.map((source) => {
    const documents = parseAllDocuments(source.text);
    if ('empty' in documents) return source;
    const scheduled = documents.filter(
      (document) => isMap(document.contents) && document.get('kind') === 'Deployment' && !document.hasIn(placed),
    );
    if (scheduled.length === 0) return source;
    for (const document of scheduled) document.setIn(placed, node);
    return { ...source, text: documents.map((document) => document.toString()).join('') };
  });
}
