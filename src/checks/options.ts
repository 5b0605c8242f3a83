import { z } from 'zod';
import { roleExpression } from '../schema/roles.js';

/** The name of an observation. Labs leave it out where they use the usual name. */
function observed(usual: string, what: string) {
  return z.string().min(1).default(usual).describe(`The observation that holds ${what}; '${usual}' unless said`);
}

export const answersOption = observed('answers', 'the answers');
export const wireOption = observed('wire', 'the captures');
export const rulesOption = observed('rules', 'the counters of the rules');
export const tableOption = observed('table', 'the connection table');

export function placesOption(what: string) {
  return roleExpression(`Where ${what}: client.node, backends.0.node, nodes or other-nodes`);
}

/** Whose pods may answer. */
export const backendsOption = roleExpression('The role that names the endpoints').default('backends');
export const clientOption = roleExpression('The role of the pod that asks').default('client');
export const serviceOption = roleExpression('The role of the Service');

/** Of the objects, which every step records. */
export const objects = 'objects';
