import { createHash } from 'node:crypto';
import type { Protocol } from '../../objects/kubernetes.js';

/** What kube-proxy calls one port of a Service. `port` is empty where the Service has a single port without a name. */
export interface ServicePortKey {
  readonly namespace: string;
  readonly name: string;
  readonly port: string;
  readonly protocol: Protocol;
}

// The names of the chains: kube-proxy v1.31.0, pkg/proxy/iptables/proxier.go.
const prefixes = {
  service: 'KUBE-SVC-',
  serviceLocal: 'KUBE-SVL-',
  serviceExternal: 'KUBE-EXT-',
  firewall: 'KUBE-FW-',
  endpoint: 'KUBE-SEP-',
};

/** `default/svc-clusterip:svc-webport`; without the colon where the port has no name. */
export function servicePortName(key: ServicePortKey): string {
  return `${key.namespace}/${key.name}${key.port === '' ? '' : `:${key.port}`}`;
}

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

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648; the length is a multiple of 5 bytes, so there is no padding. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet.charAt((held >> (bits - 5)) & 31);
  }
  return text;
}
