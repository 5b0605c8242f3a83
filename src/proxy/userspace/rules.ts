import type { KubeObject } from '../../core/cluster.js';
import { type Jump, jumpTables } from '../iptables/jumps.js';
import { removalText } from '../iptables/removal.js';
import { mergeTables, type RestoreTable, restoreText } from '../iptables/restore.js';
import type { Ruleset } from '../model.js';
import { pickRulesObjects } from '../rules-input.js';
import { servicePortName } from '../service-port-name.js';
import { type ServicePortInfo, servicePortId, servicePorts } from '../service-ports.js';

/** The userspace mode went with Kubernetes v1.26; this is how v1.25 had it. IPv4 only. */
export interface UserspaceInput {
  readonly objects: readonly KubeObject[];
  /** The node's own address: connections that begin on the node are sent to it. */
  readonly nodeIP: string;
  /** Where the proxy listens for a Service port, by `servicePortId`; one that it does not serve gets no rule. */
  readonly proxyPorts: Pick<ReadonlyMap<string, number>, 'get'>;
}

const nonLocal = 'KUBE-NODEPORT-NON-LOCAL';

/**
 * The rules of kube-proxy v1.25 in userspace mode (pkg/proxy/userspace/proxier.go, openPortal), which listens on all addresses of the node: they
 * hand a connection to the proxy on the node itself, and that is all that they do. Services come by namespace and name.
 */
export function userspaceRules({ objects, nodeIP, proxyPorts }: UserspaceInput): readonly RestoreTable[] {
  const rules = servicePorts(pickRulesObjects(objects).services).flatMap((port) => {
    const listening = proxyPorts.get(servicePortId(port));
    return listening === undefined ? [] : portRules(port, listening, nodeIP);
  });
  return [
    {
      table: 'nat',
      chains: ['KUBE-PORTALS-CONTAINER', 'KUBE-PORTALS-HOST', 'KUBE-NODEPORT-CONTAINER', 'KUBE-NODEPORT-HOST'],
      rules: rules.filter((rule) => !rule.startsWith(`-A ${nonLocal} `)),
    },
    { table: 'filter', chains: [nonLocal], rules: rules.filter((rule) => rule.startsWith(`-A ${nonLocal} `)) },
  ];
}

/** The jumps to those chains (iptablesInit). */
const portalJumps: readonly Jump[] = [
  portalJump('PREROUTING', 'KUBE-PORTALS-CONTAINER'),
  portalJump('OUTPUT', 'KUBE-PORTALS-HOST'),
  {
    table: 'filter',
    from: 'INPUT',
    to: nonLocal,
    rule: `-m comment --comment "Ensure that non-local NodePort traffic can flow" -j ${nonLocal}`,
  },
];

/** They match a port on any address of the node, and so come last. */
const nodePortJumps: readonly Jump[] = [
  nodePortJump('PREROUTING', 'KUBE-NODEPORT-CONTAINER'),
  nodePortJump('OUTPUT', 'KUBE-NODEPORT-HOST'),
];

/** The chains of a node that has none of them yet, and the jumps to them. */
export function userspaceSetup(): readonly RestoreTable[] {
  const last = nodePortJumps.map(({ table, from, to, rule }) => ({ table, chains: [to], rules: [`-A ${from} ${rule}`] }));
  return mergeTables([...jumpTables(portalJumps), ...last]);
}

/** Takes all of it away. @param live what `iptables-save` shows now. */
export function userspaceRemoval(live: Ruleset): string {
  const jumps = [...portalJumps, ...nodePortJumps];
  return removalText(live, jumps, (table, chain) => jumps.some((jump) => jump.table === table && jump.to === chain));
}

/** `userspaceRules` as an `iptables-restore --noflush` input. */
export function userspaceText(input: UserspaceInput): string {
  return restoreText(userspaceRules(input));
}

function portRules(port: ServicePortInfo, listening: number, nodeIP: string): readonly string[] {
  const protocol = port.protocol.toLowerCase();
  const match = (number: number, address?: string) =>
    `-m comment --comment ${servicePortName(port)} -p ${protocol} -m ${protocol} --dport ${number}${address === undefined ? '' : ` -d ${address}`}`;
  // From a pod: to the address of the interface that it came in by, so that the answer goes out there again.
  const fromPods = `-j REDIRECT --to-ports ${listening}`;
  // From the node itself that would be 127.0.0.1, from where no answer finds the way back.
  const fromNode = `-j DNAT --to-destination ${nodeIP}:${listening}`;
  const portal = (address: string) => [
    `-A KUBE-PORTALS-CONTAINER ${match(port.number, address)} ${fromPods}`,
    `-A KUBE-PORTALS-HOST ${match(port.number, address)} ${fromNode}`,
  ];
  return [
    ...portal(port.clusterIP),
    ...port.externalIPs.flatMap((address) => [
      `-A KUBE-PORTALS-CONTAINER ${match(port.number, address)} -m physdev ! --physdev-is-in ${fromPods}`,
      `-A KUBE-PORTALS-CONTAINER ${match(port.number, address)} -m addrtype --dst-type LOCAL ${fromPods}`,
      `-A KUBE-PORTALS-HOST ${match(port.number, address)} -m addrtype --dst-type LOCAL ${fromNode}`,
    ]),
    ...port.loadBalancerVIPs.flatMap(portal),
    ...(port.nodePort === undefined
      ? []
      : [
          `-A KUBE-NODEPORT-CONTAINER ${match(port.nodePort)} ${fromPods}`,
          `-A KUBE-NODEPORT-HOST ${match(port.nodePort)} ${fromNode}`,
          `-A ${nonLocal} ${match(listening)} -m state --state NEW -j ACCEPT`,
        ]),
  ];
}

function portalJump(from: string, to: string): Jump {
  return {
    table: 'nat',
    from,
    to,
    rule: `-m comment --comment "handle ClusterIPs; NOTE: this must be before the NodePort rules" -j ${to}`,
  };
}

function nodePortJump(from: string, to: string): Jump {
  const comment = '"handle service NodePorts; NOTE: this must be the last rule in the chain"';
  return { table: 'nat', from, to, rule: `-m addrtype --dst-type LOCAL -m comment --comment ${comment} -j ${to}` };
}
