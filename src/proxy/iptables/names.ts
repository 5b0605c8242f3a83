import { createHash } from 'node:crypto';
import { base32 } from '../base32.js';
import { type ServicePortKey, servicePortName } from '../service-port-name.js';

// The names of the chains: kube-proxy v1.31.0, pkg/proxy/iptables/proxier.go.
const prefixes = {
  service: 'KUBE-SVC-',
  serviceLocal: 'KUBE-SVL-',
  serviceExternal: 'KUBE-EXT-',
  firewall: 'KUBE-FW-',
  endpoint: 'KUBE-SEP-',
};

/** Spreads new connections over all endpoints. */
export function serviceChain(key: ServicePortKey): string {
  return prefixes.service + hash(key, '');
}

/** Spreads new connections over this node's endpoints. */
export function serviceLocalChain(key: ServicePortKey): string {
  return prefixes.serviceLocal + hash(key, '');
}

/** Where traffic to node ports, load balancer and external addresses goes. */
export function serviceExternalChain(key: ServicePortKey): string {
  return prefixes.serviceExternal + hash(key, '');
}

/** Lets the load balancer's source ranges through. */
export function firewallChain(key: ServicePortKey): string {
  return prefixes.firewall + hash(key, '');
}

/** Translates to one endpoint. `endpoint` is `address:port`. */
export function endpointChain(key: ServicePortKey, endpoint: string): string {
  return prefixes.endpoint + hash(key, endpoint);
}

/** A chain that belongs to one Service, so that kube-proxy deletes it when the Service no longer needs it. */
export function isServiceChain(chain: string): boolean {
  return Object.values(prefixes).some((prefix) => chain.startsWith(prefix));
}

function hash(key: ServicePortKey, endpoint: string): string {
  const digest = createHash('sha256').update(servicePortName(key) + key.protocol.toLowerCase() + endpoint);
  return base32(digest.digest().subarray(0, 10));
}
