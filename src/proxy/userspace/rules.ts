import type { KubeObject } from '../../core/cluster.js';
import { type RestoreTable, restoreText } from '../iptables/restore.js';
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

/**
 * The jumps to those chains, for a node that has none yet (iptablesInit). A node port matches any address of the node, so its chain comes
 * after that of the portals.
 */
export const userspaceJumps: readonly RestoreTable[] = [
  {
    table: 'nat',
    chains: [],
    rules: [
      `-I PREROUTING -m comment --comment "handle ClusterIPs; NOTE: this must be before the NodePort rules" -j KUBE-PORTALS-CONTAINER`,
      `-I OUTPUT -m comment --comment "handle ClusterIPs; NOTE: this must be before the NodePort rules" -j KUBE-PORTALS-HOST`,
      ...['PREROUTING', 'OUTPUT'].map(
        (chain) =>
          `-A ${chain} -m addrtype --dst-type LOCAL -m comment --comment "handle service NodePorts; NOTE: this must be the last rule in the chain" -j ${
            chain === 'OUTPUT' ? 'KUBE-NODEPORT-HOST' : 'KUBE-NODEPORT-CONTAINER'
          }`,
      ),
    ],
  },
  {
    table: 'filter',
    chains: [],
    rules: ['-I INPUT -m comment --comment "Ensure that non-local NodePort traffic can flow" -j KUBE-NODEPORT-NON-LOCAL'],
  },
];

/** `userspaceRules` as an `iptables-restore --noflush` input. */
export function userspaceText(input: UserspaceInput): string {
  return restoreText(userspaceRules(input));
}

const nonLocal = 'KUBE-NODEPORT-NON-LOCAL';

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
