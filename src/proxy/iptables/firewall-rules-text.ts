import { parseIpv4, parseIpv4Range, rangeHolds } from '../ipv4.js';
import { servicePortName } from '../service-port-name.js';
import type { ServicePortInfo } from '../service-ports.js';
import { firewallChain, serviceExternalChain } from './names.js';

/** The rules of a KUBE-FW chain: what loadBalancerSourceRanges lets in goes on, the rest is dropped by KUBE-PROXY-FIREWALL. */
export function firewallRules(port: ServicePortInfo, nodeIP: string | undefined): readonly string[] {
  const name = servicePortName(port);
  const allow = (source: string) =>
    `-A ${firewallChain(port)} -m comment --comment "${name} loadbalancer IP" -s ${source} -j ${serviceExternalChain(port)}`;
  const node = parseIpv4(nodeIP ?? '');
  const nodeIsAllowed = port.sourceRanges
    .map(parseIpv4Range)
    .some((range) => node !== undefined && range !== undefined && rangeHolds(range, node));
  return [
    ...port.sourceRanges.map(allow),
    // A node that owns the load balancer's address talks to it from that very address.
    ...(nodeIsAllowed ? port.loadBalancerVIPs.map(allow) : []),
    `-A ${firewallChain(port)} -m comment --comment "other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL"`,
  ];
}
