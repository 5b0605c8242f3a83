import { type RestoreTable, restoreText } from '../iptables/restore.js';
import type { IpvsInput } from './options.js';
import type { IpSet, SetName } from './sets.js';
import { type IpvsState, ipvsState } from './state.js';

/** By table, in the order in which kube-proxy makes them. */
export const ipvsChains: Readonly<Record<'nat' | 'filter', readonly string[]>> = {
  nat: ['KUBE-SERVICES', 'KUBE-POSTROUTING', 'KUBE-NODE-PORT', 'KUBE-LOAD-BALANCER', 'KUBE-MARK-MASQ'],
  filter: [
    ...['KUBE-FORWARD', 'KUBE-NODE-PORT', 'KUBE-PROXY-FIREWALL', 'KUBE-SOURCE-RANGES-FIREWALL'],
    ...['KUBE-IPVS-FILTER', 'KUBE-IPVS-OUT-FILTER'],
  ],
};

/**
 * What one sync of kube-proxy v1.31.0 in ipvs mode gives to iptables-restore (pkg/proxy/ipvs/proxier.go, writeIptablesRules): the nat table and then
 * the filter table. The rules do not name Services: they ask sets. The jumps from the kernel's chains are not in it: see `ipvsNode`.
 */
export function ipvsIptables(input: IpvsInput, state: IpvsState = ipvsState(input)): readonly RestoreTable[] {
  const asked = new Map(state.sets.map((set) => [set.name, set]));
  const filled = (name: SetName): IpSet | undefined => {
    const set = asked.get(name);
    return set !== undefined && set.entries.length > 0 ? set : undefined;
  };
  return [
    {
      table: 'nat',
      chains: ipvsChains.nat,
      rules: [
        '-A KUBE-SERVICES -s 127.0.0.0/8 -j RETURN',
        ...setRules('nat', filled),
        ...clusterIPRules(input, filled('KUBE-CLUSTER-IP')),
        ...externalIPRules(filled('KUBE-EXTERNAL-IP'), true),
        ...externalIPRules(filled('KUBE-EXTERNAL-IP-LOCAL'), false),
        '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT',
        '-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ',
        // The address is the node's own: what other rules would do to it must not matter.
        ...(['KUBE-CLUSTER-IP', 'KUBE-LOAD-BALANCER'] as const).flatMap((name) =>
          filled(name) === undefined ? [] : [`-A KUBE-SERVICES -m set --match-set ${name} dst,dst -j ACCEPT`],
        ),
        `-A KUBE-POSTROUTING -m mark ! --mark ${mark}/${mark} -j RETURN`,
        `-A KUBE-POSTROUTING -j MARK --xor-mark ${mark}`,
        '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
        `-A KUBE-MARK-MASQ -j MARK --or-mark ${mark}`,
      ],
    },
    {
      table: 'filter',
      chains: ipvsChains.filter,
      rules: [
        ...setRules('filter', filled),
        '-A KUBE-SOURCE-RANGES-FIREWALL -j DROP',
        ...state.guarded.map(
          ({ address, port, protocol }) =>
            `-A KUBE-IPVS-OUT-FILTER -s ${address} -m ipvs --vaddr ${address} --vproto ${protocol.toLowerCase()} --vport ${port} -j DROP`,
        ),
        `-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark}/${mark} -j ACCEPT`,
        '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        `-A KUBE-NODE-PORT ${asks(asked.get('KUBE-HEALTH-CHECK-NODE-PORT'), 'dst')} -j ACCEPT`,
        // An address of kube-ipvs0 must not open the node's own ports: only what ipvs balances is let in.
        ...(['KUBE-LOAD-BALANCER', 'KUBE-CLUSTER-IP', 'KUBE-EXTERNAL-IP', 'KUBE-EXTERNAL-IP-LOCAL'] as const).map(
          (name) => `-A KUBE-IPVS-FILTER -m set --match-set ${name} dst,dst -j RETURN`,
        ),
        '-A KUBE-IPVS-FILTER -m set --match-set KUBE-HEALTH-CHECK-NODE-PORT dst -j RETURN',
        '-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT',
      ],
    },
  ];
}

/** `ipvsIptables` as the text itself. */
export function ipvsIptablesText(input: IpvsInput): string {
  return restoreText(ipvsIptables(input));
}

const mark = '0x00004000';

/** One rule for each set that has entries, in kube-proxy's order (ipsetWithIptablesChain): a RETURN for policy Local before the mark. */
const setJumps: readonly (readonly ['nat' | 'filter', SetName, string, string, string, string?])[] = [
  ['nat', 'KUBE-LOOP-BACK', 'KUBE-POSTROUTING', 'MASQUERADE', 'dst,dst,src'],
  ['nat', 'KUBE-LOAD-BALANCER', 'KUBE-SERVICES', 'KUBE-LOAD-BALANCER', 'dst,dst'],
  ['nat', 'KUBE-LOAD-BALANCER-LOCAL', 'KUBE-LOAD-BALANCER', 'RETURN', 'dst,dst'],
  ['nat', 'KUBE-NODE-PORT-LOCAL-TCP', 'KUBE-NODE-PORT', 'RETURN', 'dst', 'tcp'],
  ['nat', 'KUBE-NODE-PORT-TCP', 'KUBE-NODE-PORT', 'KUBE-MARK-MASQ', 'dst', 'tcp'],
  ['nat', 'KUBE-NODE-PORT-LOCAL-UDP', 'KUBE-NODE-PORT', 'RETURN', 'dst', 'udp'],
  ['nat', 'KUBE-NODE-PORT-UDP', 'KUBE-NODE-PORT', 'KUBE-MARK-MASQ', 'dst', 'udp'],
  ['nat', 'KUBE-NODE-PORT-LOCAL-SCTP-HASH', 'KUBE-NODE-PORT', 'RETURN', 'dst,dst', 'sctp'],
  ['nat', 'KUBE-NODE-PORT-SCTP-HASH', 'KUBE-NODE-PORT', 'KUBE-MARK-MASQ', 'dst,dst', 'sctp'],
  ['filter', 'KUBE-LOAD-BALANCER-FW', 'KUBE-PROXY-FIREWALL', 'KUBE-SOURCE-RANGES-FIREWALL', 'dst,dst'],
  ['filter', 'KUBE-LOAD-BALANCER-SOURCE-CIDR', 'KUBE-SOURCE-RANGES-FIREWALL', 'RETURN', 'dst,dst,src'],
  ['filter', 'KUBE-LOAD-BALANCER-SOURCE-IP', 'KUBE-SOURCE-RANGES-FIREWALL', 'RETURN', 'dst,dst,src'],
];

function setRules(table: 'nat' | 'filter', filled: (name: SetName) => IpSet | undefined): readonly string[] {
  return setJumps.flatMap(([where, name, from, to, match, protocol]) => {
    const set = where === table ? filled(name) : undefined;
    return set === undefined ? [] : [`-A ${from}${protocol === undefined ? '' : ` -p ${protocol}`} ${asks(set, match)} -j ${to}`];
  });
}

function asks(set: IpSet | undefined, match: string): string {
  return `-m comment --comment "${set?.comment}" -m set --match-set ${set?.name} ${match}`;
}

function clusterIPRules(input: IpvsInput, set: IpSet | undefined): readonly string[] {
  if (set === undefined) return [];
  // Without a range of pods: the node itself takes the ClusterIP for its source, since it has that address, and would never get an answer.
  const [match, notPods] = input.masqueradeAll
    ? ['dst,dst', '']
    : input.clusterCIDR
      ? ['dst,dst', ` ! -s ${input.clusterCIDR}`]
      : ['src,dst', ''];
  return [`-A KUBE-SERVICES ${asks(set, match)}${notPods} -j KUBE-MARK-MASQ`];
}

function externalIPRules(set: IpSet | undefined, masquerade: boolean): readonly string[] {
  if (set === undefined) return [];
  const rule = `-A KUBE-SERVICES ${asks(set, 'dst,dst')}`;
  return [
    ...(masquerade ? [`${rule} -j KUBE-MARK-MASQ`] : []),
    `${rule} -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT`,
    `${rule} -m addrtype --dst-type LOCAL -j ACCEPT`,
  ];
}
