import { isServiceChain } from './iptables/names.js';
import { type Rule, type Ruleset, rulesOf } from './model.js';
import { dnatDestination, markMatchOf, markTargetOf, matchOption, partsOf, probabilityOf, targetOf } from './rule-parts.js';

/**
 * The live rules that a packet to one Service port meets, found by following the jumps. The shape is the same for every mode that has rules for each Service:
 * `R` is a rule of it, `P` what leads to the chain. What is said here of names is so in iptables mode.
 */
export interface ServiceRules<R = Rule, P = R> {
  /** KUBE-SVC-..., or KUBE-SVL-...: the chain asked for. */
  readonly chain: string;
  /** KUBE-SERVICES' rules that jump to the chain. */
  readonly portals: readonly P[];
  /** The chain's jumps to endpoints, in order; session affinity's come first. */
  readonly cascade: readonly CascadeStep<R>[];
  /** One for each endpoint chain, in the order of the cascade. */
  readonly endpoints: readonly EndpointRules<R>[];
  /**
   * What marks packets for masquerading: in the chain and in its endpoints' chains, by a jump to KUBE-MARK-MASQ or by setting the 0x4000 mark
   * itself; and any jump to KUBE-MARK-MASQ in KUBE-SERVICES, where kube-proxy v1.31 writes none.
   */
  readonly masquerade: readonly R[];
  /** Rules of the chain and of its endpoints' chains that kube-proxy would not have written there. */
  readonly foreign: readonly R[];
}

export interface CascadeStep<R = Rule> {
  readonly rule: R;
  /** KUBE-SEP-... */
  readonly endpointChain: string;
  /** 0 to 1: the chance that a packet which has come this far is taken; 1 without a `statistic` match. */
  readonly probability: number;
  /** For clients that were here before (session affinity). */
  readonly sticky: boolean;
  /** Of a sticky rule: the list that it looks into, for how many seconds back (0: for ever), and whether it removes what is older. */
  readonly remembered?: { readonly list: string; readonly seconds: number; readonly reap: boolean };
}

export interface EndpointRules<R = Rule> {
  readonly chain: string;
  /** `address:port` of the first DNAT rule; undefined when there is none. */
  readonly destination: string | undefined;
  /** One, unless someone meddled with the chain. */
  readonly dnat: readonly R[];
  /** The list into which the first DNAT rule puts the client (session affinity); undefined where it puts it into none. */
  readonly remembersIn: string | undefined;
}

/** What `serviceRules` gives for a chain that is not there is empty, but for the name. */
export function serviceRules(ruleset: Ruleset, chain: string): ServiceRules {
  const own = rulesOf(ruleset, 'nat', chain);
  const cascade = own.flatMap(cascadeStep);
  const chains = [...new Set(cascade.map(({ endpointChain }) => endpointChain))];
  const inEndpoints = chains.flatMap((name) => rulesOf(ruleset, 'nat', name));
  const isStep = new Set(cascade.map(({ rule }) => rule));
  return {
    chain,
    portals: jumpsTo(rulesOf(ruleset, 'nat', 'KUBE-SERVICES'), chain),
    cascade,
    endpoints: chains.map((name) => endpointRules(name, rulesOf(ruleset, 'nat', name))),
    masquerade: [...jumpsTo(rulesOf(ruleset, 'nat', 'KUBE-SERVICES'), 'KUBE-MARK-MASQ'), ...[...own, ...inEndpoints].filter(isMasquerade)],
    foreign: [
      ...own.filter((rule) => !isStep.has(rule) && !isMasquerade(rule)),
      ...inEndpoints.filter((rule) => !isDnat(rule) && !isMasquerade(rule)),
    ],
  };
}

/** The live rules that a packet from outside to a Service's node port meets before it comes to the Service's chain. */
export interface ExternalRules {
  /** KUBE-EXT-... */
  readonly chain: string;
  /** KUBE-NODEPORTS' rules that jump to the chain: two where kube-proxy counts those to 127.0.0.0/8 apart (nfacct). */
  readonly nodePorts: readonly Rule[];
  /** What marks every packet for masquerading; none with externalTrafficPolicy Local, where only this node's own are marked. */
  readonly marks: readonly Rule[];
  /** The jumps to KUBE-SVC-..., or with externalTrafficPolicy Local to KUBE-SVL-..., that are for any packet. */
  readonly onwards: readonly Rule[];
  /** filter, KUBE-EXTERNAL-SERVICES: what drops packets to the node port, since no endpoint may take them here. */
  readonly refusals: readonly Rule[];
}

/** @param chain the Service's KUBE-SVC chain: the others have the same hash (`portProtoHash` in pkg/proxy/iptables/proxier.go, v1.31). */
export function externalRules(ruleset: Ruleset, chain: string, nodePort: number | undefined): ExternalRules {
  const external = externalChainOf(chain);
  const own = rulesOf(ruleset, 'nat', external).filter((rule) => matchOption(rule, 'addrtype', '--src-type') === undefined);
  const anyone = own.filter((rule) => partsOf(rule.tokens).base.length === 0);
  return {
    chain: external,
    nodePorts: jumpsTo(rulesOf(ruleset, 'nat', 'KUBE-NODEPORTS'), external),
    marks: jumpsTo(anyone, 'KUBE-MARK-MASQ'),
    onwards: anyone.filter((rule) => /^KUBE-SV[CL]-/.test(targetOf(rule) ?? '')),
    refusals: rulesOf(ruleset, 'filter', 'KUBE-EXTERNAL-SERVICES').filter(
      (rule) =>
        isRefusal(rule) &&
        nodePort !== undefined &&
        ['tcp', 'udp', 'sctp'].some((protocol) => matchOption(rule, protocol, '--dport')?.values[0] === String(nodePort)),
    ),
  };
}

/** KUBE-EXT-... of the Service that has the KUBE-SVC chain. */
export function externalChainOf(chain: string): string {
  return chain.replace(/^KUBE-SVC-/, 'KUBE-EXT-');
}

/** The rules that every Service's packets share on their way through a node. */
export interface SharedRules {
  /** nat: the jumps to KUBE-SERVICES. */
  readonly prerouting: readonly Rule[];
  readonly output: readonly Rule[];
  /** nat: KUBE-SERVICES' last rule, where that is the jump to KUBE-NODEPORTS for the node's own addresses: any Service's address comes before. */
  readonly nodePorts: readonly Rule[];
  /** nat: POSTROUTING's jumps to KUBE-POSTROUTING. */
  readonly postrouting: readonly Rule[];
  /** nat, KUBE-POSTROUTING: RETURN for what has no 0x4000 mark. */
  readonly unmarked: readonly Rule[];
  readonly masquerade: readonly Rule[];
  /** filter, FORWARD: the jumps to KUBE-FORWARD and to KUBE-SERVICES. */
  readonly forward: readonly Rule[];
  readonly forwardServices: readonly Rule[];
  /** Every rule that drops or rejects, in any chain of any table. */
  readonly refusals: readonly Rule[];
  /** nat: rules of PREROUTING, OUTPUT, POSTROUTING, KUBE-SERVICES and KUBE-POSTROUTING that kube-proxy would not have written there. */
  readonly foreign: readonly Rule[];
}

export function sharedRules(ruleset: Ruleset): SharedRules {
  const nat = (chain: string) => rulesOf(ruleset, 'nat', chain);
  const forward = rulesOf(ruleset, 'filter', 'FORWARD');
  const shared = {
    prerouting: jumpsTo(nat('PREROUTING'), 'KUBE-SERVICES'),
    output: jumpsTo(nat('OUTPUT'), 'KUBE-SERVICES'),
    nodePorts: jumpsTo(nat('KUBE-SERVICES').slice(-1), 'KUBE-NODEPORTS').filter(isForOwnAddresses),
    postrouting: jumpsTo(nat('POSTROUTING'), 'KUBE-POSTROUTING'),
    unmarked: nat('KUBE-POSTROUTING').filter(isUnmarkedReturn),
    masquerade: jumpsTo(nat('KUBE-POSTROUTING'), 'MASQUERADE'),
  };
  const known = new Set(Object.values(shared).flat());
  const isOwn = (rule: Rule) =>
    known.has(rule) ||
    (rule.chain === 'KUBE-SERVICES' && isPortal(rule)) ||
    (rule.chain === 'KUBE-POSTROUTING' && targetOf(rule) === 'MARK');
  return {
    ...shared,
    forward: jumpsTo(forward, 'KUBE-FORWARD'),
    forwardServices: jumpsTo(forward, 'KUBE-SERVICES'),
    refusals: ruleset.tables
      .flatMap(({ chains }) => chains)
      .flatMap(({ rules }) => rules)
      .filter(isRefusal),
    foreign: ['PREROUTING', 'OUTPUT', 'POSTROUTING', 'KUBE-SERVICES', 'KUBE-POSTROUTING'].flatMap(nat).filter((rule) => !isOwn(rule)),
  };
}

function jumpsTo(rules: readonly Rule[], target: string): readonly Rule[] {
  return rules.filter((rule) => targetOf(rule) === target);
}

function cascadeStep(rule: Rule): readonly CascadeStep[] {
  const endpointChain = targetOf(rule);
  if (!endpointChain?.startsWith('KUBE-SEP-')) return [];
  const probability = probabilityOf(rule) ?? 1;
  if (matchOption(rule, 'recent', '--rcheck') === undefined) return [{ rule, endpointChain, probability, sticky: false }];
  const remembered = {
    list: matchOption(rule, 'recent', '--name')?.values[0] ?? 'DEFAULT',
    seconds: Number(matchOption(rule, 'recent', '--seconds')?.values[0] ?? 0),
    reap: matchOption(rule, 'recent', '--reap') !== undefined,
  };
  return [{ rule, endpointChain, probability, sticky: true, remembered }];
}

function endpointRules(chain: string, rules: readonly Rule[]): EndpointRules {
  const dnat = rules.filter(isDnat);
  const [first] = dnat;
  if (first === undefined) return { chain, destination: undefined, dnat, remembersIn: undefined };
  const remembers = matchOption(first, 'recent', '--set') !== undefined;
  const list = matchOption(first, 'recent', '--name')?.values[0] ?? 'DEFAULT';
  return { chain, destination: dnatDestination(first), dnat, remembersIn: remembers ? list : undefined };
}

function isDnat(rule: Rule): boolean {
  return dnatDestination(rule) !== undefined;
}

function isMasquerade(rule: Rule): boolean {
  return targetOf(rule) === 'KUBE-MARK-MASQ' || ((markTargetOf(rule)?.value ?? 0) & 0x4000) !== 0;
}

function isRefusal(rule: Rule): boolean {
  return ['DROP', 'REJECT'].includes(targetOf(rule) ?? '');
}

/** `-m addrtype --dst-type LOCAL`, as kube-proxy writes it without `--nodeport-addresses`. */
function isForOwnAddresses(rule: Rule): boolean {
  const type = matchOption(rule, 'addrtype', '--dst-type');
  return type?.values[0] === 'LOCAL' && !type.negated;
}

function isPortal(rule: Rule): boolean {
  const target = targetOf(rule) ?? '';
  return target === 'KUBE-NODEPORTS' || (isServiceChain(target) && !target.startsWith('KUBE-SEP-'));
}

function isUnmarkedReturn(rule: Rule): boolean {
  const mark = markMatchOf(rule);
  return targetOf(rule) === 'RETURN' && mark?.value === 0x4000 && mark.negated;
}
