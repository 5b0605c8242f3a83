import { nodePortAddresses } from '../node-port-addresses.js';
import type { NftablesInput } from './options.js';
import { addElement, addRule, freshChain, table } from './words.js';

/** The maps, and the one set `cluster-ips`, whose elements a sync keeps up with the Services. */
const elementStores = [
  { kind: 'set', name: 'cluster-ips' },
  { kind: 'map', name: 'service-ips' },
  { kind: 'map', name: 'firewall-ips' },
  { kind: 'map', name: 'no-endpoint-services' },
  { kind: 'map', name: 'no-endpoint-nodeports' },
  { kind: 'map', name: 'service-nodeports' },
] as const;

/** 1 << 14, kubeadm's `masqueradeBit`, as kube-proxy writes it. */
const masqueradeMark = '0x00004000';

/** Chain, type, hook and priority; -100 is that of destination NAT, 100 that of source NAT. */
const baseChains: readonly (readonly [name: string, type: string, hook: string, priority: number])[] = [
  ['filter-prerouting', 'filter', 'prerouting', -110],
  ['filter-input', 'filter', 'input', -110],
  ['filter-forward', 'filter', 'forward', -110],
  ['filter-output', 'filter', 'output', -110],
  ['filter-output-post-dnat', 'filter', 'output', -90],
  ['nat-prerouting', 'nat', 'prerouting', -100],
  ['nat-output', 'nat', 'output', -100],
  ['nat-postrouting', 'nat', 'postrouting', 100],
];

const jumps: readonly (readonly [to: string, from: string, match: string])[] = [
  ['nodeport-endpoints-check', 'filter-input', 'ct state new '],
  ['service-endpoints-check', 'filter-input', 'ct state new '],
  ['service-endpoints-check', 'filter-forward', 'ct state new '],
  ['service-endpoints-check', 'filter-output', 'ct state new '],
  ['firewall-check', 'filter-prerouting', 'ct state new '],
  ['firewall-check', 'filter-output', 'ct state new '],
  ['services', 'nat-output', ''],
  ['services', 'nat-prerouting', ''],
  ['masquerading', 'nat-postrouting', ''],
  ['cluster-ips-check', 'filter-forward', 'ct state new '],
  ['cluster-ips-check', 'filter-output-post-dnat', 'ct state new '],
];

/**
 * What all Services share, as a full sync writes it (kube-proxy v1.31.0, pkg/proxy/nftables/proxier.go, setupNFTables).
 * @param first the first sync of a kube-proxy: base chains that are there are made anew, in case another version made them otherwise.
 */
export function sharedLines(input: NftablesInput, first: boolean): readonly string[] {
  const made = new Set<string>();
  const ensure = (chain: string): readonly string[] => {
    if (made.has(chain)) return [];
    made.add(chain);
    return freshChain(chain);
  };
  return [
    `add table ${table} { comment "rules for kube-proxy" ; }`,
    ...(first ? baseChains.flatMap(([name]) => [`add chain ${table} ${name}`, `delete chain ${table} ${name}`]) : []),
    ...baseChains.flatMap(([name, type, hook, priority]) => [
      `add chain ${table} ${name} { type ${type} hook ${hook} priority ${priority} ; }`,
      `flush chain ${table} ${name}`,
    ]),
    ...jumps.flatMap(([to, from, match]) => [...ensure(to), addRule(from, `${match}jump ${to}`)]),
    ...['services', 'cluster-ips-check', 'masquerading', 'mark-for-masquerade'].flatMap(ensure),
    addRule('mark-for-masquerade', `mark set mark or ${masqueradeMark}`),
    addRule('masquerading', `mark and ${masqueradeMark} == 0 return`),
    addRule('masquerading', `mark set mark xor ${masqueradeMark}`),
    addRule('masquerading', 'masquerade fully-random'),
    ...clusterIPsCheck(input),
    ...dispatch(input),
    ...elementStores.map(({ kind, name }) => `flush ${kind} ${table} ${name}`),
  ];
}

function clusterIPsCheck({ serviceCIDRs = [] }: NftablesInput): readonly string[] {
  const unallocated = `ip daddr { ${serviceCIDRs.join(',')} } drop`;
  return [
    `add set ${table} cluster-ips { type ipv4_addr ; comment "Active ClusterIPs" ; }`,
    addRule('cluster-ips-check', 'ip daddr @cluster-ips reject', 'Reject traffic to invalid ports of ClusterIPs'),
    ...(serviceCIDRs.length === 0 ? [] : [addRule('cluster-ips-check', unallocated, 'Drop traffic to unallocated ClusterIPs')]),
  ];
}

/** The maps that lead to the Services' chains, and the rules that ask them. */
function dispatch(input: NftablesInput): readonly string[] {
  const { all, ofNode } = nodePortAddresses(input.nodePortAddresses ?? primary(input), ownAddresses(input));
  const asked = 'ip daddr . meta l4proto . th dport vmap';
  const nodePort = (match: string, map: string) => `${match} meta l4proto . th dport vmap @${map}`;
  const addressMap = (name: string, comment: string) =>
    `add map ${table} ${name} { type ipv4_addr . inet_proto . inet_service : verdict ; comment "${comment}" ; }`;
  const portMap = (name: string, comment: string) =>
    `add map ${table} ${name} { type inet_proto . inet_service : verdict ; comment "${comment}" ; }`;
  return [
    `add set ${table} nodeport-ips { type ipv4_addr ; comment "IPs that accept NodePort traffic" ; }`,
    `${all ? 'delete' : 'flush'} set ${table} nodeport-ips`,
    // Node ports on 127.0.0.0/8 are not supported in this mode.
    ...ofNode.filter((address) => !address.startsWith('127.')).map((key) => addElement({ of: 'nodeport-ips', key })),
    addressMap('no-endpoint-services', 'vmap to drop or reject packets to services with no endpoints'),
    portMap('no-endpoint-nodeports', 'vmap to drop or reject packets to service nodeports with no endpoints'),
    `add chain ${table} reject-chain { comment "helper for @no-endpoint-services / @no-endpoint-nodeports" ; }`,
    `flush chain ${table} reject-chain`,
    addRule('reject-chain', 'reject'),
    addRule('service-endpoints-check', `${asked} @no-endpoint-services`),
    addRule('nodeport-endpoints-check', nodePort(all ? 'ip daddr != 127.0.0.0/8' : 'ip daddr @nodeport-ips', 'no-endpoint-nodeports')),
    addressMap('firewall-ips', 'destinations that are subject to LoadBalancerSourceRanges'),
    addRule('firewall-check', `${asked} @firewall-ips`),
    addressMap('service-ips', 'ClusterIP, ExternalIP and LoadBalancer IP traffic'),
    portMap('service-nodeports', 'NodePort traffic'),
    addRule('services', `${asked} @service-ips`),
    addRule('services', nodePort(all ? 'fib daddr type local ip daddr != 127.0.0.0/8' : 'ip daddr @nodeport-ips', 'service-nodeports')),
  ];
}

/** `primary`; a node whose address is not known gets no range, which means all of its addresses. */
function primary({ node }: NftablesInput): readonly string[] {
  return node.ip === undefined ? [] : [`${node.ip}/32`];
}

function ownAddresses({ node }: NftablesInput): NftablesInput['node'] {
  return node.addresses === undefined && node.ip !== undefined ? { ...node, addresses: [node.ip] } : node;
}
