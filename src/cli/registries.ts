import { labChecks } from '../checks/registry.js';
import { probes } from '../probes/registry.js';
import type { LabRegistries } from '../schema/registries.js';

/** The cluster providers that a lab and `--cluster` can name. */
const clusterKinds = ['netns', 'kind'] as const;

/** What labs are checked against. */
export const labRegistries: LabRegistries = { probes, checks: labChecks, clusters: clusterKinds };
