import type { KubeObject } from '../core/cluster.js';
import { Scene } from '../scene/scene.js';
import type { Stage } from './stage.js';

/** The objects of the cluster as they are, what it is laid out with, the clients outside that play a role, and the lab's roles resolved against them. */
export async function sceneNow({
  lab,
  cluster,
  signal,
}: Stage): Promise<{ readonly objects: readonly KubeObject[]; readonly scene: Scene }> {
  const outside = [
    ...new Set(
      Object.values(lab.roles).flatMap((reference) => (reference.startsWith('client/') ? [reference.slice('client/'.length)] : [])),
    ),
  ];
  const [found, ...beside] = await Promise.all([
    cluster.objects(signal),
    cluster.facts(signal),
    ...outside.map((name) => cluster.outside(name, signal)),
  ]);
  const objects = [...found, ...beside];
  return { objects, scene: new Scene(lab.roles, objects) };
}
