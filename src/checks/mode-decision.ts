import { z } from 'zod';
import type { EvidenceView } from '../evidence/view.js';
import type { Ruleset } from '../proxy/model.js';
import { chainOf, rulesOf } from '../proxy/model.js';
import { matchOption } from '../proxy/rule-parts.js';
import { serviceRules } from '../proxy/service-rules.js';
import type { Scene } from '../scene/scene.js';
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
  const { chain, address } = scene.service(options.service);
  if (counted !== undefined && chainOf(counted.after, 'nat', chain) !== undefined)
    return { decides: cascadeText(counted, chain), counted: `${dnatCount(counted, chain)}/${connections}` };
  const nft = view.readings(options.rules).find(({ place }) => place === counted?.place)?.after.nft ?? '';
  const drawn = numgenText(nft, address);
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

const target = z.object({ goto: z.object({ target: z.string() }) });
const listing = z.object({
  nftables: z.array(
    z.looseObject({
      map: z.looseObject({ name: z.string(), table: z.string(), elem: z.array(z.unknown()).optional() }).optional(),
      rule: z.looseObject({ chain: z.string(), table: z.string(), expr: z.array(z.unknown()) }).optional(),
    }),
  ),
});
const element = z.tuple([z.object({ concat: z.array(z.unknown()) }), target]);
const draw = z.object({
  vmap: z.object({
    key: z.object({ numgen: z.object({ mode: z.string(), mod: z.int() }) }),
    data: z.object({ set: z.array(z.unknown()) }),
  }),
});

/** The chain that the map `service-ips` leads to, and the number that it draws. */
function numgenText(nft: string, address: string): string | undefined {
  const parsed = listing.safeParse(nft === '' ? {} : JSON.parse(nft));
  const own = parsed.success ? parsed.data.nftables : [];
  const elements = own.flatMap(({ map }) => (map?.table === 'kube-proxy' && map.name === 'service-ips' ? (map.elem ?? []) : []));
  const found = elements.map((one) => element.safeParse(one)).find(({ success, data }) => success && data[0].concat[0] === address);
  const chain = found?.data?.[1].goto.target;
  const rules = own.flatMap(({ rule }) => (rule?.table === 'kube-proxy' && rule.chain === chain ? rule.expr : []));
  const drawn = rules.map((one) => draw.safeParse(one)).find(({ success }) => success)?.data?.vmap.key.numgen;
  return drawn && `numgen ${drawn.mode} mod ${drawn.mod}`;
}
