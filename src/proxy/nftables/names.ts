import { createHash } from 'node:crypto';
import { base32 } from '../base32.js';
import type { ServicePortKey } from '../service-port-name.js';

// The names of the chains and sets of one Service's port: kube-proxy v1.31.0, pkg/proxy/nftables/proxier.go.

/** `service-TBJA4EUE-default/svc-clusterip/tcp/svc-webport`: spreads new connections over all endpoints. */
export function serviceChain(key: ServicePortKey): string {
  return `service-${portBase(key)}`;
}

/** Spreads new connections over this node's endpoints. */
export function localChain(key: ServicePortKey): string {
  return `local-${portBase(key)}`;
}

/** Where traffic to node ports, load balancer and external addresses goes. */
export function externalChain(key: ServicePortKey): string {
  return `external-${portBase(key)}`;
}

/** Drops what the load balancer's source ranges leave out. */
export function firewallChain(key: ServicePortKey): string {
  return `firewall-${portBase(key)}`;
}

/** Translates to one endpoint. `endpoint` is `address:port`. */
export function endpointChain(key: ServicePortKey, endpoint: string): string {
  return `endpoint-${endpointBase(key, endpoint)}`;
}

/** The set of clients that session affinity sends to one endpoint. */
export function affinitySet(key: ServicePortKey, endpoint: string): string {
  return `affinity-${endpointBase(key, endpoint)}`;
}

/** A chain that belongs to one Service: no other name in the table has a slash. */
export function isServiceChain(chain: string): boolean {
  return chain.includes('/');
}

export function isAffinitySet(set: string): boolean {
  return set.startsWith('affinity-');
}

function portBase(key: ServicePortKey): string {
  return hashed(`${key.namespace}/${key.name}/${key.protocol.toLowerCase()}/${key.port}`);
}

function endpointBase(key: ServicePortKey, endpoint: string): string {
  return hashed(`${key.namespace}/${key.name}/${key.protocol.toLowerCase()}/${key.port}__${endpoint.replace(':', '/')}`);
}

/** nft takes names of up to 256 characters (knftables v0.0.17, NameLengthMax), of which kube-proxy leaves 16 to the prefix. */
const longest = 240;

function hashed(name: string): string {
  const text = `${base32(createHash('sha256').update(name).digest().subarray(0, 5))}-${name}`;
  return text.length > longest ? `${text.slice(0, longest - 3)}...` : text;
}
