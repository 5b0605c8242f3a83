import { canonicalRule } from '../proxy/iptables/canonical.js';
import { inFixedOrder } from '../proxy/iptables/loaded.js';
import { parseIptablesSave } from '../proxy/iptables/parse.js';
import { printRule } from '../proxy/iptables/print.js';
import type { EndpointRole, Roles } from './roles.js';
import { type Sections, sectionsOf } from './sections.js';

/**
 * The rules of a node, a section for each chain, its policy first. What depends on a real address has become a role; where the order is that of a
 * Go map or that of real addresses, it is a fixed one. @throws SaveTextError for what iptables-save does not print.
 */
export function canonicalRules(save: string, roles: Roles): Sections {
  const blocks: (readonly [string, readonly string[]])[] = [];
  for (const table of parseIptablesSave(save).tables) {
    for (const chain of table.chains) {
      const rules = chain.rules.map((rule) =>
        canonicalRule(printRule({ chain: rule.chain, spec: rule.spec, tokens: rule.tokens })).slice(`-A ${chain.name} `.length),
      );
      const lines = inFixedOrder(
        chain.name,
        cascade(rules, roles).map((rule) => inRoles(rule, roles)),
      );
      const shown = chainWords(chain.name, roles);
      blocks.push([`${table.name} ${shown === chain.name ? ownedChain(chain.name, roles) : shown}`, [`policy ${chain.policy}`, ...lines]]);
    }
  }
  return sectionsOf(blocks);
}

/** With the Service's port that the chain belongs to, which its hash does not show. */
export function ownedChain(chain: string, roles: Roles): string {
  const owner = roles.chainOwner(chain);
  return owner === undefined ? chain : `${chain} of ${owner}`;
}

const endpointChains = /\bKUBE-SEP-[A-Z2-7]{16}\b/g;

/** The hash of an endpoint's chain is made of its address; the other chains' are not. */
function chainWords(text: string, roles: Roles): string {
  return text.replaceAll(endpointChains, (chain) => {
    const endpoint = roles.endpoint(chain);
    return endpoint === undefined ? chain : `KUBE-SEP of ${endpoint.port} -> ${endpoint.role}`;
  });
}

function inRoles(rule: string, roles: Roles): string {
  const protocol = / -p (\w+)/.exec(` ${rule}`)?.[1] ?? '';
  const ports = rule.replaceAll(/--dport (\d+)\b/g, (all, number: string) => {
    const role = roles.nodePort(protocol, Number(number));
    return role === undefined ? all : `--dport ${role}`;
  });
  return roles.inText(chainWords(ports, roles));
}

interface Step {
  readonly rule: string;
  readonly endpoint: EndpointRole;
  /** Session affinity's rules and the random ones are two cascades. */
  readonly sticky: boolean;
}

/**
 * kube-proxy lists endpoints in the order of their addresses as text, which is another one in each cluster. So a cascade becomes its rules in order,
 * each to "an endpoint", and after them the endpoints as a set, and whether their order was that of the addresses.
 */
function cascade(rules: readonly string[], roles: Roles): readonly string[] {
  const lines: string[] = [];
  let steps: Step[] = [];
  const flush = (): void => {
    if (steps.length > 0) lines.push(...steps.map(({ rule }) => rule), endpointsLine(steps.map(({ endpoint }) => endpoint)));
    steps = [];
  };
  for (const rule of rules) {
    const step = stepOf(rule, roles);
    if (step === undefined || (steps[0] !== undefined && steps[0].sticky !== step.sticky)) flush();
    if (step === undefined) lines.push(rule);
    else steps.push(step);
  }
  flush();
  return lines;
}

/** A rule that jumps to an endpoint's chain and names this one endpoint wherever it names any: else it is a rule like others, shown as it is. */
function stepOf(rule: string, roles: Roles): Step | undefined {
  const endpoint = roles.endpoint(/ -j (KUBE-SEP-\S+)$/.exec(` ${rule}`)?.[1] ?? '');
  if (endpoint === undefined) return undefined;
  const chains = [...rule.matchAll(endpointChains)].map(([chain]) => roles.endpoint(chain)?.address);
  const commented = / -> ([\d.]+:\d+)"/.exec(rule)?.[1];
  if ([...chains, commented ?? endpoint.address].some((address) => address !== endpoint.address)) return undefined;
  const words = rule.replace(/ -> [\d.]+:\d+"/, ' -> an endpoint"').replaceAll(endpointChains, 'an endpoint');
  return { rule: words, endpoint, sticky: rule.includes('-m recent') };
}

function endpointsLine(endpoints: readonly EndpointRole[]): string {
  const addresses = endpoints.map(({ address }) => address);
  const inOrder = addresses.every((address, i) => i === 0 || (addresses[i - 1] ?? '') < address);
  const roles = endpoints.map(({ role }) => role).sort();
  return `(endpoints, ${inOrder ? 'in' : 'not in'} the order of their addresses: ${roles.join(', ')})`;
}
