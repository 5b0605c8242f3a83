import { UnsoundEvidence } from '../evidence/unsound.js';
import type { EvidenceView } from '../evidence/view.js';
import type { Ruleset } from '../proxy/model.js';
import { chainOf, rulesOf } from '../proxy/model.js';
import { readNftables } from '../proxy/nftables/listing.js';
import { nftRulesOf, proxyTable } from '../proxy/nftables/model.js';
import { nftPortalChain } from '../proxy/nftables/service-rules.js';
import { matchOption } from '../proxy/rule-parts.js';
import { serviceRules } from '../proxy/service-rules.js';
import type { Scene, SceneService } from '../scene/scene.js';
import { type CountedPlace, countedPlaces, packetsOf } from './counted.js';

export interface Decision {
  /** What chooses the pod. */
  readonly decides: string;
  /** What the mode's own rules counted of the connections; `-` where they have no counters. */
  readonly counted: string;
}

/** What chooses a pod at the client's node, and what it counted: told by the rules that are there. */
export function decisionOf(
  view: EvidenceView,
  scene: Scene,
  options: { readonly on: string; readonly service: string; readonly rules: string },
  connections: number,
): Decision {
  const [counted] = countedPlaces(view, options.rules, scene.places(options.on));
  const service = scene.service(options.service);
  const { chain } = service;
  if (counted !== undefined && chainOf(counted.after, 'nat', chain) !== undefined)
    return { decides: cascadeText(counted, chain), counted: `${dnatCount(counted, chain)}/${connections}` };
  const nft = view.readings(options.rules).find(({ place }) => place === counted?.place)?.after.nft;
  const drawn = nft === undefined ? undefined : numgenText(nft, service);
  if (drawn !== undefined) return { decides: drawn, counted: '-' };
  return { decides: counted !== undefined && asksSets(counted.after) ? 'ip_vs' : '?', counted: '-' };
}

function cascadeText({ after }: CountedPlace, chain: string): string {
  const { cascade } = serviceRules(after, chain);
  const shares = cascade
    .filter(({ sticky }) => !sticky)
    .map(({ probability }) => (probability === 1 ? '1' : `1/${Math.round(1 / probability)}`));
  return `rules ${shares.join(', ')}`;
}

function dnatCount(counted: CountedPlace, chain: string): number {
  return packetsOf(counted.moved('nat', (ruleset) => serviceRules(ruleset, chain).endpoints.flatMap(({ dnat }) => dnat)));
}

function asksSets(ruleset: Ruleset): boolean {
  return rulesOf(ruleset, 'nat', 'KUBE-SERVICES').some((rule) => matchOption(rule, 'set', '--match-set') !== undefined);
}

/** The chain that the map `service-ips` leads to draws a number. */
function numgenText(nft: string, { address, port, protocol }: SceneService): string | undefined {
  const reading = readNftables(nft);
  if (!reading.sound) throw new UnsoundEvidence(reading.why);
  const chain = nftPortalChain(reading.ruleset, address, protocol, port) ?? '';
  return nftRulesOf(proxyTable(reading.ruleset), chain)
    .flatMap(({ spec }) => /\bnumgen \w+ mod \d+/.exec(spec) ?? [])
    .at(0);
}
