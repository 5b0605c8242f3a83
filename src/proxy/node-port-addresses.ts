import { formatIpv4, parseIpv4, parseIpv4Range, rangeHolds } from './ipv4.js';
import type { ProxyNode } from './options.js';

/** `--nodeport-addresses` for IPv4 (kube-proxy v1.31.0, pkg/proxy/util/nodeport_addresses.go). */
export interface NodePortAddresses {
  /** Node ports answer on every address of the node. */
  readonly all: boolean;
  /** Whether 127.0.0.0/8 or a part of it is among them. */
  readonly loopback: boolean;
  /** The node's own addresses on which node ports answer; empty where `all` is so. */
  readonly ofNode: readonly string[];
}

/** Without any IPv4 range, node ports answer everywhere. */
export function nodePortAddresses(ranges: readonly string[], node: ProxyNode): NodePortAddresses {
  const given = ranges.filter((text) => parseIpv4Range(text) !== undefined);
  const ipv4 = given.length === 0 ? ['0.0.0.0/0'] : given;
  const all = ipv4.includes('0.0.0.0/0');
  const addresses = new Set((node.addresses ?? []).map(parseIpv4).filter((address) => address !== undefined));
  return {
    all,
    loopback: ipv4.some((text) => text.startsWith('127.') || holds([text], 127 * 2 ** 24)),
    ofNode: all ? [] : [...addresses].filter((address) => holds(ipv4, address)).map(formatIpv4),
  };
}

function holds(ranges: readonly string[], address: number): boolean {
  return ranges.map(parseIpv4Range).some((range) => range !== undefined && rangeHolds(range, address));
}
