import { type Jump, jumpTables } from '../iptables/jumps.js';
import { kubeletJumps, kubeletTables } from '../iptables/kubelet.js';
import { removalText } from '../iptables/removal.js';
import { mergeTables, restoreText } from '../iptables/restore.js';
import type { Ruleset } from '../model.js';
import type { IpvsInput } from './options.js';
import { ipvsChains, ipvsIptables } from './rules.js';
import { type IpvsState, ipvsState } from './state.js';
import { ipsetText, ipvsadmText, linkText } from './texts.js';

/** What a node holds in ipvs mode, as inputs of the programs that load it, in the order in which they must be loaded. */
export interface IpvsTexts {
  /** `ip -batch`. */
  readonly ip: string;
  /** `ipset restore`: before the rules, which ask the sets. */
  readonly ipset: string;
  /** `iptables-restore --noflush`. */
  readonly iptables: string;
  /** `ipvsadm --restore`. */
  readonly ipvsadm: string;
}

/** Everything that the kubelet and kube-proxy v1.31.0 in ipvs mode write on a node that has none of it yet. */
export function ipvsNode(input: IpvsInput): IpvsTexts {
  const state = ipvsState(input);
  const jumps = jumpTables([...kubeletJumps, ...ipvsJumps]);
  return {
    ip: linkText(state.bound),
    ipset: ipsetText(state.sets),
    iptables: restoreText(mergeTables([...kubeletTables(), ...jumps, ...ipvsIptables(input, state)])),
    ipvsadm: ipvsadmText(state.servers),
  };
}

/** What one sync changes on a node that holds the state before. */
export function ipvsSync(input: IpvsInput, before: IpvsState): IpvsTexts {
  const state = ipvsState(input);
  return {
    ip: linkText(state.bound, before),
    ipset: ipsetText(state.sets, before),
    iptables: restoreText(ipvsIptables(input, state)),
    ipvsadm: ipvsadmText(state.servers, before),
  };
}

/** Takes away the rules of this mode. @param live what `iptables-save` shows now. */
export function ipvsRemoval(live: Ruleset): string {
  return removalText(live, ipvsJumps, (table, chain) => ipvsChains[table].includes(chain));
}

/** All of it as one shell script, so that it can be printed as one text. */
export function ipvsScript({ ip, ipset, iptables, ipvsadm }: IpvsTexts): string {
  const documents = [
    ['ip -batch -', ip],
    ['ipset restore', ipset],
    ['iptables-restore --noflush', iptables],
    ['ipvsadm --restore', ipvsadm],
  ];
  return ['set -e\n', ...documents.map(([program, text]) => `${program} <<'END'\n${text}END\n`)].join('');
}

/** In the order in which kube-proxy puts them at the top of their chains (v1.31.0, pkg/proxy/ipvs/proxier.go, iptablesJumpChain). */
const ipvsJumps: readonly Jump[] = [
  jump('nat', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals'),
  jump('nat', 'PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals'),
  jump('nat', 'POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules'),
  jump('filter', 'FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules'),
  jump('filter', 'INPUT', 'KUBE-NODE-PORT', 'kubernetes health check rules'),
  jump('filter', 'INPUT', 'KUBE-PROXY-FIREWALL', 'kube-proxy firewall rules'),
  jump('filter', 'FORWARD', 'KUBE-PROXY-FIREWALL', 'kube-proxy firewall rules'),
  jump('filter', 'INPUT', 'KUBE-IPVS-FILTER', 'kubernetes ipvs access filter'),
  jump('filter', 'OUTPUT', 'KUBE-IPVS-OUT-FILTER', 'kubernetes ipvs access filter'),
];

function jump(table: Jump['table'], from: string, to: string, comment: string): Jump {
  return { table, from, to, rule: `-m comment --comment "${comment}" -j ${to}` };
}
