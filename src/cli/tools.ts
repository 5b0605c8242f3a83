import { judgeClaim } from '../checks/lab-check.js';
import { labChecks } from '../checks/registry.js';
import { probes } from '../probes/registry.js';
import { takeRequests } from '../probes/requests.js';
import type { RunnerTools } from '../runner/tools.js';

/** Probes and checks, as the runner is handed them. */
export const runnerTools: RunnerTools = {
  probes,
  requests: takeRequests,
  judge: (claim, view, scene, falseAlarm) => judgeClaim(labChecks.get(claim.check), claim.options, { view, scene }, falseAlarm),
  observationsOf: (claim) => labChecks.get(claim.check).observations(claim.options),
  acrossModes: (claim) => labChecks.get(claim.check).acrossModes ?? false,
  isStatistical: (claim) => labChecks.get(claim.check).statistical ?? false,
};
