import type { Cluster, KubeObject, ManifestSource, ProxyMode } from '../core/cluster.js';
import { UnmetError, UsageError } from '../core/errors.js';
import type { ObservationPart } from '../core/evidence.js';
import { type Programming, printProgramming } from '../evidence/programming.js';
import { isService } from '../objects/guards.js';
import type { Service } from '../objects/kubernetes.js';
import { loadManifests } from '../objects/manifests.js';
import type { Growth } from '../schema/lab.js';
import { sceneNow } from './scene-now.js';
import type { Stage } from './stage.js';

/**
 * Has the cluster grow in stages, once in a run. kube-proxy is stopped everywhere; at each stage it is started on that stage's nodes alone, one after the other, so
 * that each is timed by itself: from nothing to all rules in place, and for a change of one Service. Then it is stopped there too, and the node keeps its rules.
 * @throws UnmetError where the cluster cannot treat nodes one by one, UsageError where the file holds no single Service.
 */
export async function grow(stage: Stage, growth: Growth): Promise<void> {
  if (stage.grown.has(growth.as)) return;
  const { cluster, signal } = stage;
  const set = cluster.setNodeProxies?.bind(cluster);
  if (set === undefined)
    throw new UnmetError(`a cluster of the kind ${cluster.provider} has one kube-proxy for all nodes, and cannot grow node by node`);
  const template = oneService(growth);
  const { scene } = await sceneNow(stage);
  await set(
    scene.nodes.map(({ name }) => name),
    'stopped',
    signal,
  );
  const programming: Programming[number][] = [];
  let there = 0;
  for (const { services, nodes } of growth.stages) {
    await cluster.apply([manifestOf(template, growth.manifest.file, there + 1, services)], signal);
    there = services;
    for (const [mode, role] of Object.entries(nodes)) {
      const node = scene.node(role).name;
      const allMs = await timed(() => set([node], modeOf(mode), signal));
      const oneMs = await changeOne(cluster, copyOf(template, 1), signal);
      await set([node], 'stopped', signal);
      programming.push({ node, mode, services, allMs, oneMs });
    }
  }
  const file = `grown/${growth.as}.json`;
  await stage.folder.write(file, printProgramming(programming));
  stage.grown.set(growth.as, { place: 'local', role: 'programming', format: 'programming-json', file });
}

/** What the step's clusters left behind when they grew. */
export function grownParts(
  stage: Stage,
  changes: readonly { readonly kind: string }[],
): readonly { readonly name: string; readonly part: ObservationPart }[] {
  return changes.filter(isGrowth).flatMap(({ as }) => {
    const part = stage.grown.get(as);
    return part === undefined ? [] : [{ name: as, part }];
  });
}

function isGrowth(change: { readonly kind: string }): change is Growth {
  return change.kind === 'grow';
}

/** Its port becomes another one, and then what it was again. */
async function changeOne(cluster: Cluster, service: Service, signal: AbortSignal): Promise<number> {
  const ref = { kind: 'Service', namespace: service.metadata.namespace ?? 'default', name: service.metadata.name };
  const ports = service.spec.ports ?? [];
  const moved = ports.map((port, i) => (i === 0 ? { ...port, port: port.port === 65_535 ? 1 : port.port + 1 } : port));
  const took = await timed(() => cluster.patch(ref, { spec: { ports: moved } }, signal));
  await cluster.patch(ref, { spec: { ports } }, signal);
  return took;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function oneService({ manifest }: Growth): Service {
  const [service, ...others] = loadManifests([manifest]).objects;
  if (service === undefined || !isService(service) || others.length > 0)
    throw new UsageError(`${manifest.file} must hold one Service and nothing else`);
  return service;
}

function copyOf(template: Service, number: number): Service {
  return { ...template, metadata: { ...template.metadata, name: `${template.metadata.name}-${String(number).padStart(5, '0')}` } };
}

/** Copies from one number to another, as a List. */
function manifestOf(template: Service, file: string, from: number, to: number): ManifestSource {
  const items: readonly KubeObject[] = Array.from({ length: to - from + 1 }, (_, i) => copyOf(template, from + i));
  const value = { apiVersion: 'v1', kind: 'List', items };
  return { file: `${file}, ${from} to ${to}`, text: JSON.stringify(value), value };
}

const modes: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs', 'userspace'];

function modeOf(name: string): ProxyMode {
  const mode = modes.find((candidate) => candidate === name);
  if (mode === undefined) throw new UsageError(`there is no proxy mode '${name}'`);
  return mode;
}
