import { dirname, relative, resolve, sep } from 'node:path';
import { appliedManifests } from '../schema/applied.js';
import type { Lab } from '../schema/lab.js';

/**
 * The lab file, its cluster file and its manifests as they go into the run's folder, so that the run can be judged again by the lab as it
 * was. Their paths relative to each other stay, so the copy loads as the original did. The lab file comes first.
 */
export function labCopy(lab: Lab): readonly { readonly name: string; readonly text: string }[] {
  const written = [{ file: lab.file, text: lab.text }, lab.cluster, ...lab.manifests, ...appliedManifests(lab)];
  const files = [...new Map(written.map(({ file, text }) => [resolve(file), text]))].map(([path, text]) => ({ path, text }));
  const root = files.map(({ path }) => dirname(path)).reduce(commonFolder);
  return files.map(({ path, text }) => ({ name: `lab/${relative(root, path).split(sep).join('/')}`, text }));
}

function commonFolder(a: string, b: string): string {
  const parts = a.split(sep);
  const others = b.split(sep);
  const shared = parts.findIndex((part, i) => part !== others[i]);
  return (shared === -1 ? parts : parts.slice(0, shared)).join(sep) || sep;
}
