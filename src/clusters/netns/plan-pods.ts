import type { KubeObject, ManifestSource } from '../../core/cluster.js';
import { InputError, type Problem, type Warning } from '../../core/errors.js';
import { same } from '../../core/text.js';
import { isDeployment, isPod } from '../../objects/guards.js';
import type { PodSpec } from '../../objects/kubernetes.js';
import { type LoadedManifests, loadManifests } from '../../objects/manifests.js';
import { isKnownImage, knownImages, planContainer } from './workloads/images.js';

/** Loads manifests for the embedded cluster. @throws InputError with every problem. */
export function planManifests(manifests: readonly ManifestSource[]): {
  readonly objects: readonly KubeObject[];
  readonly warnings: readonly Warning[];
} {
  const loaded = loadManifests(manifests, { embedded: { isKnownImage, knownImages } });
  return { objects: loaded.objects, warnings: [...loaded.warnings, ...planPods(loaded)] };
}

/**
 * Looks at every container before anything is started: what the embedded workloads cannot do is said now.
 * @throws InputError at the field to blame.
 */
function planPods({ objects, positions }: LoadedManifests): readonly Warning[] {
  const problems: Problem[] = [];
  const warnings: Warning[] = [];
  for (const object of objects) {
    const path = isPod(object) ? ['spec'] : ['spec', 'template', 'spec'];
    const spec: PodSpec | undefined = isPod(object) ? object.spec : isDeployment(object) ? object.spec.template.spec : undefined;
    for (const [i, container] of (spec?.containers ?? []).entries()) {
      const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? '']));
      const { image, command, args } = container;
      const plan = planContainer({ image, env, ...(command === undefined ? {} : { command }), ...(args === undefined ? {} : { args }) });
      if (plan.kind === 'fault') {
        const problem = positions.problem(object, [...path, 'containers', i, plan.field], { message: plan.message, hint: plan.hint });
        if (problem !== undefined) problems.push(problem);
      } else {
        warnings.push(...plan.warnings.map((text) => ({ code: 'not-honoured', text: same(text) })));
      }
    }
  }
  if (problems.length > 0) throw new InputError(problems);
  return warnings;
}
