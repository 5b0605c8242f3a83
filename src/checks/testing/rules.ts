import { endpointChain } from '../../proxy/iptables/names.js';
import { externalChain, nodePort, pods, service } from './cluster.js';

/** For tests alone: the rules of one node that a connection to the Service meets, by names of the test's own. */
export interface TestRule {
  readonly id: string;
  readonly table: 'filter' | 'nat';
  readonly chain: string;
  readonly spec: string;
  readonly handle: number;
  readonly packets: number;
}

/** Counts are not zero to begin with: what matters is the difference. */
export function baseRules(): readonly TestRule[] {
  return lines.map(([id, table, chain, spec], i) => ({ id, table, chain, spec, handle: 10 + i, packets: 3 + i }));
}

/** The rules after some more packets; `counts` is by the rules' names. */
export function counted(rules: readonly TestRule[], counts: Readonly<Record<string, number>>): readonly TestRule[] {
  return rules.map((rule) => ({ ...rule, packets: rule.packets + (counts[rule.id] ?? 0) }));
}

/** What a node's rules count for connections to each of the pods. */
export function countsFor(perPod: readonly number[]): Readonly<Record<string, number>> {
  const all = perPod.reduce((sum, count) => sum + count, 0);
  const each = perPod.flatMap((count, i) => [
    [`step${i}`, count],
    [`dnat${i}`, count],
  ]);
  return {
    ...Object.fromEntries(each),
    portal: all,
    prerouting: all + 2,
    unmarked: all + 1,
    forward: all * 5,
    'forward-services': all,
    accept: all * 4,
  };
}

/** A rule put before those of its chain. */
export function inserted(rules: readonly TestRule[], rule: Omit<TestRule, 'handle' | 'packets'>, packets = 0): readonly TestRule[] {
  return [{ ...rule, handle: 500, packets }, ...rules];
}

/** As `iptables-save -c` prints them. */
export function saveText(rules: readonly TestRule[]): string {
  return tables
    .flatMap((table) => {
      const own = rules.filter((rule) => rule.table === table);
      const chains = new Set([...own.map(({ chain }) => chain), ...own.flatMap(({ spec }) => jumpOf(spec) ?? [])]);
      return [
        `*${table}`,
        ...[...chains].map((chain) => `:${chain} ${chain.startsWith('KUBE-') ? '-' : 'ACCEPT'} [0:0]`),
        ...own.map(({ chain, spec, packets }) => `[${packets}:${packets * 60}] -A ${chain} ${spec}`),
        'COMMIT',
      ];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** As `nft -j -a list ruleset` prints them, as far as it is read. */
export function nftText(rules: readonly TestRule[], more: readonly unknown[] = [], tableHandle = 1): string {
  const nftables = [
    { metainfo: { json_schema_version: 1 } },
    ...tables.map((name, i) => ({ table: { family: 'ip', name, handle: tableHandle + i } })),
    ...rules.map(({ table, chain }) => ({ chain: { family: 'ip', table, name: chain, handle: 900 } })),
    ...rules.map(({ table, chain, spec, handle, packets }) => {
      const target = jumpOf(spec);
      const jump = target === undefined ? [] : [{ jump: { target } }];
      return { rule: { family: 'ip', table, chain, handle, expr: [{ counter: { packets, bytes: packets * 60 } }, ...jump] } };
    }),
    ...more,
  ];
  return JSON.stringify({ nftables });
}

export function endpointChainOf(pod: number): string {
  const { address = '', port = 0 } = pods[pod] ?? {};
  return endpointChain({ namespace: 'default', name: 'svc-clusterip', port: 'svc-webport', protocol: 'TCP' }, `${address}:${port}`);
}

const tables = ['filter', 'nat'] as const;

const statistic = (probability: string) => `-m statistic --mode random --probability ${probability} `;
const stepChances = [statistic('0.33333333349'), statistic('0.50000000000'), ''];

type Line = readonly [id: string, table: TestRule['table'], chain: string, spec: string];

const lines: readonly Line[] = [
  ['forward', 'filter', 'FORWARD', '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD'],
  [
    'forward-services',
    'filter',
    'FORWARD',
    '-m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  ],
  ['martians', 'filter', 'KUBE-FIREWALL', '! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP'],
  ['invalid', 'filter', 'KUBE-FORWARD', '-m conntrack --ctstate INVALID -j DROP'],
  ['accept', 'filter', 'KUBE-FORWARD', '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'],
  ['prerouting', 'nat', 'PREROUTING', '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES'],
  ['postrouting', 'nat', 'POSTROUTING', '-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING'],
  ['unmarked', 'nat', 'KUBE-POSTROUTING', '-m mark ! --mark 0x4000/0x4000 -j RETURN'],
  ['masquerade', 'nat', 'KUBE-POSTROUTING', '-j MASQUERADE --random-fully'],
  ['other-portal', 'nat', 'KUBE-SERVICES', '-d 10.200.1.1/32 -p tcp -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y'],
  ['portal', 'nat', 'KUBE-SERVICES', `-d ${service.address}/32 -p tcp -m tcp --dport ${service.port} -j ${service.chain}`],
  [
    'node-ports',
    'nat',
    'KUBE-SERVICES',
    '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
  ],
  ['node-port', 'nat', 'KUBE-NODEPORTS', `-p tcp -m tcp --dport ${nodePort} -j ${externalChain}`],
  [
    'external-mark',
    'nat',
    externalChain,
    '-m comment --comment "masquerade traffic for default/svc-clusterip:svc-webport" -j KUBE-MARK-MASQ',
  ],
  ['external', 'nat', externalChain, `-j ${service.chain}`],
  [
    'no-local',
    'filter',
    'KUBE-EXTERNAL-SERVICES',
    `-p tcp -m comment --comment "default/svc-clusterip:svc-webport has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport ${nodePort} -j DROP`,
  ],
  ['mark', 'nat', service.chain, `! -s 10.10.0.0/16 -d ${service.address}/32 -p tcp -m tcp --dport ${service.port} -j KUBE-MARK-MASQ`],
  ...pods.map((_, i): Line => [`step${i}`, 'nat', service.chain, `${stepChances[i] ?? ''}-j ${endpointChainOf(i)}`]),
  ...pods.flatMap(({ address, port }, i): readonly Line[] => [
    [`mark${i}`, 'nat', endpointChainOf(i), `-s ${address}/32 -j KUBE-MARK-MASQ`],
    [`dnat${i}`, 'nat', endpointChainOf(i), `-p tcp -m tcp -j DNAT --to-destination ${address}:${port}`],
  ]),
];

/** Only jumps to chains: a target such as DNAT is no jump in nft. */
function jumpOf(spec: string): string | undefined {
  return /-j (KUBE-\S+)/.exec(spec)?.[1];
}

/** The same rules with session affinity, as kube-proxy writes it. */
export function sticky(rules: readonly TestRule[], seconds: number): readonly TestRule[] {
  const match = (pod: number) => `--name ${endpointChainOf(pod)} --mask 255.255.255.255 --rsource`;
  const known = pods.map((_, pod): TestRule => {
    const spec = `-m recent --rcheck --seconds ${seconds} --reap ${match(pod)} -j ${endpointChainOf(pod)}`;
    return { id: `known${pod}`, table: 'nat', chain: service.chain, spec, handle: 800 + pod, packets: 7 };
  });
  const remembering = rules.map((rule) => {
    const pod = pods.findIndex((_, i) => rule.id === `dnat${i}`);
    return pod === -1 ? rule : { ...rule, spec: rule.spec.replace('-m tcp', `-m recent --set ${match(pod)} -m tcp`) };
  });
  const at = remembering.findIndex(({ id }) => id === 'step0');
  return remembering.toSpliced(at, 0, ...known);
}
