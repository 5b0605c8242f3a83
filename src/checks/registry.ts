import { Registry } from '../core/registry.js';
import { affinityDecidesCheck } from './affinity-decides.js';
import { affinityEntryCheck } from './affinity-entry.js';
import { affinityRulesCheck } from './affinity-rules.js';
import { answersCheck } from './answers.js';
import { arpCheck } from './arp.js';
import { cascadeFairCheck } from './cascade-fair.js';
import { conntrackReplyCheck } from './conntrack-reply.js';
import { conntrackTuplesCheck } from './conntrack-tuples.js';
import { echoCheck } from './echo.js';
import { endpointsCheck } from './endpoints.js';
import { fitsCascadeCheck } from './fits-cascade.js';
import { fourCountsCheck } from './four-counts.js';
import { hopCheck } from './hop.js';
import type { LabCheck } from './lab-check.js';
import { latencyRatioCheck } from './latency-ratio.js';
import { latencySlopeCheck } from './latency-slope.js';
import { leftServiceCheck } from './left-service.js';
import { modesAgreeCheck } from './modes-agree.js';
import { neverSeenCheck } from './never-seen.js';
import { nodesCheck } from './nodes.js';
import { outputCheck } from './output.js';
import { placementCheck } from './placement.js';
import { relayedCheck } from './relayed.js';
import { ruleCountersCheck } from './rule-counters.js';

/** Every check that a lab can name. A new one is a file, its test, and a line here. */
export const labChecks: Registry<LabCheck> = new Registry<LabCheck>('check', [
  nodesCheck,
  placementCheck,
  endpointsCheck,
  answersCheck,
  hopCheck,
  neverSeenCheck,
  ruleCountersCheck,
  conntrackTuplesCheck,
  cascadeFairCheck,
  fitsCascadeCheck,
  fourCountsCheck,
  echoCheck,
  arpCheck,
  conntrackReplyCheck,
  leftServiceCheck,
  affinityRulesCheck,
  affinityEntryCheck,
  affinityDecidesCheck,
  latencySlopeCheck,
  latencyRatioCheck,
  outputCheck,
  modesAgreeCheck,
  relayedCheck,
]);
