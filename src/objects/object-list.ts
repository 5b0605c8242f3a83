import type { KubeObject, ManifestSource } from '../core/cluster.js';
import { readItems } from './manifest-items.js';
import { objectSchema } from './manifest-schema.js';
import { read } from './source/issues.js';
import { throwProblems } from './source/problems.js';

/**
 * Objects of any kind, untouched, from Lists or documents in YAML or JSON: what `kubectl get -o yaml` prints.
 * @throws InputError where apiVersion, kind or metadata.name is missing, or the file cannot be read as such.
 */
export function loadObjectList(source: ManifestSource): readonly KubeObject[] {
  const { items, problems } = readItems(source);
  const results = items.map(({ document, path, value }) => read(document, objectSchema, value, path));
  throwProblems([...problems, ...results.flatMap((result) => (result.ok ? [] : result.problems))]);
  return results.flatMap((result) => (result.ok ? [result.value] : []));
}
