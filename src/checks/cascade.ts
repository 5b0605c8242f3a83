import { placeName } from '../core/executor.js';
import { UnsoundEvidence } from '../evidence/unsound.js';
import type { Rule, Ruleset } from '../proxy/model.js';
import { rulesOf } from '../proxy/model.js';
import { matchOption, partsOf, targetOf } from '../proxy/rule-parts.js';
import { serviceRules } from '../proxy/service-rules.js';
import type { SceneService } from '../scene/scene.js';
import type { CountedPlace } from './counted.js';

/** One rule of the cascade that spreads new connections. */
export interface CascadeRule {
  /** KUBE-SEP-... */
  readonly chain: string;
  /** `address:port` that the chain translates to; undefined where it translates to nothing, or to more than one. */
  readonly destination: string | undefined;
  /** 0 to 1; 1 without a `statistic` match. */
  readonly probability: number;
  /** The probability as the rule shows it; undefined without a `statistic` match. */
  readonly written: string | undefined;
}

/** The rules of a Service's chain by which a new connection gets an endpoint, in order; session affinity's are for known clients, and left out. */
function cascadeOf(ruleset: Ruleset, chain: string): readonly CascadeRule[] {
  const { cascade, endpoints } = serviceRules(ruleset, chain);
  return cascade
    .filter(({ sticky }) => !sticky)
    .map(({ rule, endpointChain, probability }) => {
      const endpoint = endpoints.find((candidate) => candidate.chain === endpointChain);
      const destination = endpoint?.dnat.length === 1 ? endpoint.destination : undefined;
      return { chain: endpointChain, destination, probability, written: matchOption(rule, 'statistic', '--probability')?.values[0] };
    });
}

/**
 * The cascade that was in place all the time.
 * @throws UnsoundEvidence where it is not the same in both readings.
 */
export function steadyCascade({ place, before, after }: CountedPlace, chain: string): readonly CascadeRule[] {
  const now = cascadeOf(after, chain);
  if (JSON.stringify(cascadeOf(before, chain)) === JSON.stringify(now)) return now;
  const node = placeName(place);
  throw new UnsoundEvidence({
    en: `chain ${chain} of ${node} changed between the two readings`,
    ko: `두 번의 측정 사이에 ${node}의 ${chain} 체인이 바뀌었습니다`,
  });
}

/** The first rule of the Service's chain, or of its endpoints' chains, that kube-proxy would not have written and that takes packets out of the cascade. */
export function strangerIn(ruleset: Ruleset, chain: string): Rule | undefined {
  const { cascade, foreign } = serviceRules(ruleset, chain);
  return foreign[0] ?? cascade.find(({ rule, sticky }) => !sticky && isConditional(rule))?.rule;
}

/** A step of the cascade depends on chance alone. */
function isConditional(rule: Rule): boolean {
  const { base, matches } = partsOf(rule.tokens);
  return base.length > 0 || matches.some(({ name }) => name !== 'comment' && name !== 'statistic');
}

/** The KUBE-EXT chains that KUBE-NODEPORTS leads to for the Service's node port. */
export function nodePortTargets(ruleset: Ruleset, { nodePort, protocol }: SceneService): readonly string[] {
  return rulesOf(ruleset, 'nat', 'KUBE-NODEPORTS')
    .filter((rule) => nodePort !== undefined && matchOption(rule, protocol, '--dport')?.values[0] === String(nodePort))
    .flatMap((rule) => targetOf(rule) ?? []);
}

/** The KUBE-SVC chains that KUBE-SERVICES leads to for the Service's own address and port. */
export function portalTargets(ruleset: Ruleset, { address, port, protocol }: SceneService): readonly string[] {
  return rulesOf(ruleset, 'nat', 'KUBE-SERVICES')
    .filter((rule) =>
      partsOf(rule.tokens).base.some(({ flag, negated, values }) => flag === '-d' && !negated && values[0] === `${address}/32`),
    )
    .filter((rule) => matchOption(rule, protocol, '--dport')?.values[0] === String(port))
    .flatMap((rule) => targetOf(rule) ?? [])
    .filter((target) => target.startsWith('KUBE-SVC-'));
}
