import type { Backend, Scene, SceneNode } from '../scene/scene.js';
import { expand, parseTemplate } from '../schema/template.js';

/** Fills references in. @param each the name of the endpoint or node that `$each` stood for when the command was typed. */
export function filler(scene: Scene, each: string | undefined): (text: string) => string {
  const target = each === undefined ? undefined : named(scene, each);
  return (text) => expand(parseTemplate(text).template, (path) => scene.value(path, target));
}

function named(scene: Scene, name: string): Backend | SceneNode | undefined {
  return scene.nodes.find((node) => node.name === name) ?? scene.everyBackend().find((backend) => backend.name === name);
}
