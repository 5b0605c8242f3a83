import type { Clusters, Lab, Step } from '../schema/lab.js';

/** Whether a part of a lab is for this kind of cluster. */
export function isFor(clusters: Clusters, provider: string): boolean {
  return clusters === undefined || clusters.includes(provider);
}

/** The step with what is for this kind of cluster alone. */
export function stepFor(step: Step, provider: string): Step {
  const own = <T extends { readonly clusters: Clusters }>(parts: readonly T[]): readonly T[] =>
    parts.filter(({ clusters }) => isFor(clusters, provider));
  return { ...step, observe: own(step.observe), claims: own(step.claims) };
}

/** The lab with what is for this kind of cluster alone. */
export function labFor(lab: Lab, provider: string): Lab {
  return { ...lab, steps: lab.steps.map((step) => stepFor(step, provider)) };
}
