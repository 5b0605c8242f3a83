import type { KubeObject, ManifestSource } from '../../core/cluster.js';
import { readItems } from '../../objects/manifest-items.js';
import { loadManifests } from '../../objects/manifests.js';
import { fieldsOf, isRecord, itemsOf, textOf } from '../../objects/source/pick.js';

/** An object as a manifest has it. */
export type Written = Readonly<Record<string, unknown>>;

/**
 * The manifests' objects as they are written, but that a node uses the image which it was given and never asks a registry: kubelet's default for
 * `latest` is to ask each time, and there may be none. What only a running cluster adds to a pod cannot be applied again and is left out.
 * @throws InputError with every problem.
 */
export function objectsToApply(manifests: readonly ManifestSource[]): readonly Written[] {
  loadManifests(manifests);
  return manifests.flatMap((source) => readItems(source).items.map((item) => prepared(item.value)));
}

/** `Pod/default/webpod1` */
export function keyOf(object: Written | KubeObject): string {
  const metadata = fieldsOf(object['metadata']);
  return [object['kind'], metadata['namespace'] ?? 'default', metadata['name']].join('/');
}

/** The images that each node will need: those of the pods that name it, and of every pod that may come to any. */
export function imagesByNode(objects: readonly Written[], nodes: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const mayRunOn = (object: Written, node: string): boolean => [undefined, node].includes(textOf(fieldsOf(podSpecOf(object))['nodeName']));
  const of = (node: string): readonly string[] => objects.filter((object) => mayRunOn(object, node)).flatMap(imagesOf);
  return new Map(nodes.map((node) => [node, [...new Set(of(node))].sort()]));
}

/** The images of an object's pods, as they are named there. */
export function imagesOf(object: Written): readonly string[] {
  return containersOf(podSpecOf(object)).flatMap(({ image }) => (typeof image === 'string' ? [image] : []));
}

function prepared(object: Written): Written {
  const { status: _status, ...rest } = object;
  const spec = rest['spec'];
  if (!isRecord(spec)) return rest;
  if (rest['kind'] === 'Pod') return { ...rest, spec: withLocalImages(spec) };
  const template = spec['template'];
  if (!isRecord(template) || !isRecord(template['spec'])) return rest;
  return { ...rest, spec: { ...spec, template: { ...template, spec: withLocalImages(template['spec']) } } };
}

function withLocalImages(spec: Written): Written {
  const { ephemeralContainers: _probes, ...rest } = spec;
  return { ...rest, containers: containersOf(spec).map((container) => ({ ...container, imagePullPolicy: 'Never' })) };
}

function podSpecOf(object: Written): unknown {
  const spec = object['spec'];
  if (!isRecord(spec) || object['kind'] === 'Pod') return spec;
  return isRecord(spec['template']) ? spec['template']['spec'] : undefined;
}

function containersOf(spec: unknown): readonly Written[] {
  return isRecord(spec) ? itemsOf(spec['containers']).filter(isRecord) : [];
}

/** As containerd writes it: `traefik/whoami` is `docker.io/traefik/whoami:latest` (distribution/reference, "familiar names"). */
export function fullName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const registry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const named = registry ? image : `docker.io/${rest.length === 0 ? 'library/' : ''}${image}`;
  return /[:@][^/]*$/.test(named) ? named : `${named}:latest`;
}
