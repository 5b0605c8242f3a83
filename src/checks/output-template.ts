import { placeName } from '../core/executor.js';
import type { Output } from '../evidence/outputs.js';
import type { Backend, Scene, SceneNode } from '../scene/scene.js';
import { expand, parseTemplate } from '../schema/template.js';

/** Fills references in. `$each` is what it was when the command was typed, or the node where it was typed. */
export function filler(scene: Scene, output: Pick<Output, 'each' | 'place'> | undefined): (text: string) => string {
  const target = output === undefined ? undefined : targetOf(scene, output);
  return (text) => expand(parseTemplate(text).template, (path) => scene.value(path, target));
}

function targetOf(scene: Scene, { each, place }: Pick<Output, 'each' | 'place'>): Backend | SceneNode | undefined {
  const node = (name: string) => scene.nodes.find((candidate) => candidate.name === name);
  if (each === undefined) return /^(node|machine)\//.test(place) ? node(placeName(place)) : undefined;
  return node(each) ?? scene.everyBackend().find((backend) => backend.name === each);
}
