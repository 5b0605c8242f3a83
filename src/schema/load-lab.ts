import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ManifestSource } from '../core/cluster.js';
import { readDocuments } from '../objects/source/documents.js';
import type { Path } from '../objects/source/locate.js';
import { fieldsOf, isRecord, itemsOf, textOf } from '../objects/source/pick.js';
import { ProblemList, throwProblems } from '../objects/source/problems.js';
import { didYouMean, oneOf } from '../objects/source/suggest.js';
import { type FileReader, inputFile, readTextFile } from './input-file.js';
import type { Lab } from './lab.js';
import type { LabContext } from './lab-context.js';
import { labShape } from './lab-schema.js';
import { readStep } from './lab-steps.js';
import type { LabRegistries } from './registries.js';
import { parseRoleRef, type RoleKind, reservedRoles } from './roles.js';

const shape = labShape(z.unknown(), z.unknown());
const defaultRequests = 300;

/**
 * Reads a lab file, its cluster config and its manifests, and checks all that can be checked before anything starts.
 * @throws InputError with every problem of the lab file; UsageError when it cannot be read.
 */
export function loadLab(file: string, registries: LabRegistries): Lab {
  return readLab(inputFile(file), registries, readTextFile);
}

/** As `loadLab`, for a text. @throws InputError */
export function readLab(source: ManifestSource, registries: LabRegistries, readFile: FileReader): Lab {
  const { documents, problems } = readDocuments(source);
  const [document, second] = documents;
  const list = document === undefined ? undefined : new ProblemList(document);
  if (second !== undefined) list?.add([], { message: 'the file holds several documents', expected: 'one lab a file' });
  const lab = list === undefined ? undefined : readContents(list, source.text, registries, readFile);
  throwProblems([...problems, ...(list?.problems ?? [])]);
  if (lab === undefined) throw new Error(`${source.file} gave neither a lab nor a problem`);
  return lab;
}

function readContents(list: ProblemList, text: string, registries: LabRegistries, readFile: FileReader): Lab | undefined {
  const { file, value } = list.document;
  const head = list.read(shape, value, []);
  const fields = fieldsOf(value);
  const roles = readRoles(list, fields.roles);
  checkClusters(list, fieldsOf(fields.requires).clusters, registries.clusters);
  const near = (path: unknown, at: Path): ManifestSource => ({ file: textOf(path) ?? '', text: readNear(list, path, at, readFile) });
  const beside = (source: ManifestSource): ManifestSource => ({ ...source, file: join(dirname(file), source.file) });
  const cluster = near(fields.cluster, ['cluster']);
  const manifests = itemsOf(fields.manifests).map((path, i) => near(path, ['manifests', i]));
  const context: LabContext = {
    registries,
    names: { list, roles: roles.kinds },
    near: (path, at) => beside(near(path, at)),
    ids: { step: new Map(), claim: new Map(), break: new Map() },
  };
  const steps = itemsOf(fields.steps).map((step, i) => readStep(context, step, ['steps', i]));
  if (head === undefined) return undefined;
  return {
    file,
    text,
    id: head.metadata.id,
    title: head.metadata.title,
    summary: head.metadata.summary,
    minutes: head.metadata.minutes,
    cluster: beside(cluster),
    manifests: manifests.map(beside),
    clusters: head.requires.clusters,
    publish: head.publish ?? false,
    requests: head.defaults?.requests ?? defaultRequests,
    roles: roles.references,
    steps: steps.flatMap((step) => (step === undefined ? [] : [step])),
  };
}

function readRoles(list: ProblemList, value: unknown): { kinds: Map<string, RoleKind | undefined>; references: Record<string, string> } {
  const kinds = new Map<string, RoleKind | undefined>();
  const references: Record<string, string> = {};
  for (const [role, written] of Object.entries(fieldsOf(value))) {
    const path = ['roles', role];
    if (reservedRoles.includes(role)) {
      list.add(
        path,
        { message: `the role name '${role}' is reserved`, expected: `a name that is none of ${reservedRoles.join(', ')}` },
        'key',
      );
    } else if (!/^[a-z][a-z0-9-]*$/.test(role)) {
      list.add(
        path,
        { message: `'${role}' is not a name for a role`, expected: "lower-case letters, digits and '-', beginning with a letter" },
        'key',
      );
    }
    const reference = typeof written === 'string' ? parseRoleRef(role, written) : undefined;
    if (reference === undefined) {
      const shown = typeof written === 'string' ? `'${written}'` : 'this';
      const kind = typeof written === 'string' ? kindHint(written.split('/')[0] ?? '') : {};
      list.add(path, {
        message: `${shown} is nothing that a role can stand for`,
        expected: 'pod/NAME, svc/NAME, endpoints/NAME, node/NAME or client/NAME',
        ...kind,
      });
    } else if (typeof written === 'string') {
      references[role] = written;
    }
    if (!reservedRoles.includes(role)) kinds.set(role, reference?.kind);
  }
  return { kinds, references };
}

function kindHint(kind: string): { readonly hint?: string } {
  if (kind === 'node' || kind === 'client') return { hint: `write ${kind}/NAME: it has no namespace` };
  return kind === 'service' ? { hint: "did you mean 'svc'?" } : didYouMean(kind, ['pod', 'svc', 'endpoints', 'node', 'client']);
}

function checkClusters(list: ProblemList, value: unknown, known: readonly string[]): void {
  for (const [i, kind] of itemsOf(value).entries()) {
    if (typeof kind === 'string' && !known.includes(kind)) {
      list.add(['requires', 'clusters', i], {
        message: `there is no cluster kind '${kind}'`,
        expected: oneOf(known),
        ...didYouMean(kind, known),
      });
    }
  }
}

/** The text of a file that the lab names, relative to the lab's own folder. */
function readNear(list: ProblemList, path: unknown, at: Path, readFile: FileReader): string {
  if (typeof path !== 'string' || path === '' || path.startsWith('/') || isRecord(path)) return '';
  const found = readFile(join(dirname(list.document.file), path));
  if ('text' in found) return found.text;
  list.add(at, { message: found.fault, hint: `the path is relative to ${list.document.file}` });
  return '';
}
