import { fieldsOf, itemsOf } from '../../objects/source/pick.js';
import type { CascadeStep, EndpointRules, ServiceRules } from '../service-rules.js';
import { type NftElement, type NftRule, type NftRuleset, type NftTable, nftRulesOf, proxyTable } from './model.js';

/** An element of one of the maps that lead from addresses and ports to chains. */
export interface NftPortal {
  /** `service-ips`, `service-nodeports`, `firewall-ips`, `no-endpoint-services`, `no-endpoint-nodeports`. */
  readonly map: string;
  readonly element: NftElement;
}

/**
 * What a packet to one Service port meets in kube-proxy's table: the maps' elements that lead to the chain, the chain's draw among endpoints, the endpoints'
 * chains. The rules of v1.31 do not count. As in iptables mode, `probability` is the chance of a packet that has come this far: the k-th of n that one draw
 * gives has 1/(n-k+1). What is given for a chain that is not there is empty, but for the name.
 * @param chain `service-...` or `local-...`.
 */
export function nftServiceRules(ruleset: NftRuleset, chain: string): ServiceRules<NftRule, NftPortal> {
  const table = proxyTable(ruleset);
  const own = nftRulesOf(table, chain);
  const cascade = own.flatMap(cascadeSteps);
  const chains = [...new Set(cascade.map(({ endpointChain }) => endpointChain))];
  const inEndpoints = chains.flatMap((name) => nftRulesOf(table, name));
  const isStep = new Set(cascade.map(({ rule }) => rule));
  return {
    chain,
    portals: portalsTo(table, chain),
    cascade,
    endpoints: chains.map((name) => endpointRules(name, nftRulesOf(table, name))),
    masquerade: [...own, ...inEndpoints].filter(isMasquerade),
    foreign: [
      ...own.filter((rule) => !isStep.has(rule) && !isMasquerade(rule)),
      ...inEndpoints.filter((rule) => destinationOf(rule) === undefined && !isMasquerade(rule) && !isRemembering(rule)),
    ],
  };
}

/** The chain that a packet to an address and port is led to; undefined where kube-proxy has none for it. */
export function nftPortalChain(ruleset: NftRuleset, address: string, protocol: string, port: number): string | undefined {
  const key = `${address} . ${protocol.toLowerCase()} . ${port}`;
  const found = portals(proxyTable(ruleset)).find(({ map, element }) => map === 'service-ips' && element.key === key);
  return found && gotoOf(found.element);
}

/** The rules that every Service's packets share on their way through a node. */
export interface NftSharedRules {
  /** nat-prerouting's and nat-output's jumps to `services`. */
  readonly prerouting: readonly NftRule[];
  readonly output: readonly NftRule[];
  /** `services`: the rules that ask the maps. */
  readonly dispatch: readonly NftRule[];
  /** nat-postrouting's jumps to `masquerading`. */
  readonly postrouting: readonly NftRule[];
  /** `masquerading`: back for what has no 0x4000 mark. */
  readonly unmarked: readonly NftRule[];
  readonly masquerade: readonly NftRule[];
  /** Every rule of kube-proxy's table that drops or rejects, and every element that leads to one. */
  readonly refusals: readonly NftRule[];
  readonly refusedPorts: readonly NftPortal[];
  /** Rules of these chains that kube-proxy would not have written there. */
  readonly foreign: readonly NftRule[];
}

export function nftSharedRules(ruleset: NftRuleset): NftSharedRules {
  const table = proxyTable(ruleset);
  const rules = (chain: string) => nftRulesOf(table, chain);
  const shared = {
    prerouting: rules('nat-prerouting').filter(({ spec }) => spec === 'jump services'),
    output: rules('nat-output').filter(({ spec }) => spec === 'jump services'),
    dispatch: rules('services').filter(({ spec }) => /vmap @service-(ips|nodeports)$/.test(spec)),
    postrouting: rules('nat-postrouting').filter(({ spec }) => spec === 'jump masquerading'),
    unmarked: rules('masquerading').filter(({ spec }) => spec === 'meta mark & 0x00004000 == 0x00000000 return'),
    masquerade: rules('masquerading').filter(({ spec }) => spec.startsWith('masquerade')),
  };
  const known = new Set(Object.values(shared).flat());
  return {
    ...shared,
    refusals: (table?.chains ?? []).flatMap(({ rules: all }) => all).filter(({ spec }) => /(^| )(drop|reject)( with |$)/.test(spec)),
    refusedPorts: portals(table).filter(({ element }) => element.value === 'drop' || gotoOf(element) === 'reject-chain'),
    foreign: ['nat-prerouting', 'nat-output', 'services', 'nat-postrouting', 'masquerading']
      .flatMap(rules)
      .filter((rule) => !known.has(rule) && !(rule.chain === 'masquerading' && rule.spec === 'meta mark set meta mark ^ 0x00004000')),
  };
}

function portals(table: NftTable | undefined): readonly NftPortal[] {
  return (table?.maps ?? []).flatMap(({ name, elements }) => elements.map((element) => ({ map: name, element })));
}

function portalsTo(table: NftTable | undefined, chain: string): readonly NftPortal[] {
  return portals(table).filter(({ element }) => gotoOf(element) === chain);
}

function gotoOf({ value }: NftElement): string | undefined {
  return /^(?:goto|jump) (.*)$/.exec(value ?? '')?.[1];
}

/** One for a client that is known; for a draw, one for each endpoint that it can give. */
function cascadeSteps(rule: NftRule): readonly CascadeStep<NftRule>[] {
  const sticky = stickyTarget(rule);
  if (sticky !== undefined) return [{ rule, endpointChain: sticky, probability: 1, sticky: true }];
  const { key, data } = fieldsOf(statement(rule, 'vmap'));
  const { mode, mod } = fieldsOf(fieldsOf(key)['numgen']);
  if (rule.expressions.length !== 1 || mode !== 'random' || typeof mod !== 'number') return [];
  const drawn = itemsOf(fieldsOf(data)['set']).map((member) => endpointTarget(itemsOf(member)[1]));
  const chains = [...new Set(drawn.filter((chain) => chain !== undefined))];
  let left = mod;
  return chains.map((endpointChain) => {
    const count = drawn.filter((chain) => chain === endpointChain).length;
    const probability = count / left;
    left -= count;
    return { rule, endpointChain, probability, sticky: false };
  });
}

function stickyTarget(rule: NftRule): string | undefined {
  const [match, goto] = rule.expressions;
  const { op, left, right } = fieldsOf(fieldsOf(match)['match']);
  const { field } = fieldsOf(fieldsOf(left)['payload']);
  const asksSet = op === '==' && field === 'saddr' && typeof right === 'string' && right.startsWith('@affinity-');
  return asksSet && rule.expressions.length === 2 ? endpointTarget(goto) : undefined;
}

function endpointTarget(verdict: unknown): string | undefined {
  const { target } = fieldsOf(fieldsOf(verdict)['goto']);
  return typeof target === 'string' && target.startsWith('endpoint-') ? target : undefined;
}

function endpointRules(chain: string, rules: readonly NftRule[]): EndpointRules<NftRule> {
  const dnat = rules.filter((rule) => destinationOf(rule) !== undefined);
  const remembersIn = rules.filter(isRemembering).map((rule) => setOf(rule))[0];
  return { chain, destination: dnat[0] && destinationOf(dnat[0]), dnat, remembersIn };
}

/** The set into which the rule puts the client, without its @. */
function setOf(rule: NftRule): string | undefined {
  const { set } = fieldsOf(statement(rule, 'set'));
  return typeof set === 'string' ? set.replace(/^@/, '') : undefined;
}

function destinationOf(rule: NftRule): string | undefined {
  const { addr, port } = fieldsOf(statement(rule, 'dnat'));
  return typeof addr === 'string' ? `${addr}${typeof port === 'number' ? `:${port}` : ''}` : undefined;
}

function isRemembering(rule: NftRule): boolean {
  const { op, set } = fieldsOf(statement(rule, 'set'));
  return op === 'update' && typeof set === 'string' && set.startsWith('@affinity-');
}

/** By a jump to mark-for-masquerade, or by setting the 0x4000 mark itself. */
function isMasquerade(rule: NftRule): boolean {
  if (fieldsOf(statement(rule, 'jump'))['target'] === 'mark-for-masquerade') return true;
  const { key, value } = fieldsOf(statement(rule, 'mangle'));
  if (fieldsOf(fieldsOf(key)['meta'])['key'] !== 'mark') return false;
  const bits = typeof value === 'number' ? value : itemsOf(fieldsOf(value)['|'])[1];
  return typeof bits === 'number' && (bits & 0x4000) !== 0;
}

function statement(rule: NftRule, name: string): unknown {
  return rule.expressions.map((one) => fieldsOf(one)[name]).find((one) => one !== undefined);
}
