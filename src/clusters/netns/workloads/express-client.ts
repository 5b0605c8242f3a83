import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv4 } from 'node:net';

export interface Client {
  readonly hostname?: string;
  readonly ip: string;
  readonly ips: readonly string[];
  readonly protocol: string;
}

/**
 * Who asked, and under which name, as Express tells it with `trust proxy` set to loopback, linklocal and uniquelocal:
 * X-Forwarded-* are believed from those ranges only (`proxy-addr`). An IPv4 address of the connection keeps its IPv6 form.
 */
export function clientOf(req: IncomingMessage): Client {
  const address = req.socket.remoteAddress ?? '';
  const socket = isIPv4(address) ? `::ffff:${address}` : address;
  const trusted = isTrusted(socket);
  const hops = [socket, ...list(req.headers['x-forwarded-for']).reverse()];
  const last = hops.findIndex((hop) => !isTrusted(hop));
  const believed = last < 0 ? hops : hops.slice(0, last + 1);
  const host = (trusted ? list(req.headers['x-forwarded-host'])[0] : undefined) || req.headers.host;
  const hostname = host?.replace(/^(\[[^\]]*\]|[^:[]*).*$/s, '$1');
  return {
    ...(hostname ? { hostname } : {}),
    ip: believed.at(-1) ?? socket,
    ips: believed.slice(1).reverse(),
    protocol: (trusted ? list(req.headers['x-forwarded-proto'])[0] : undefined) || 'http',
  };
}

const trustedRanges = new BlockList();
for (const [net, bits] of [
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  trustedRanges.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of [
  ['::1', 128],
  ['fe80::', 10],
  ['fc00::', 7],
] as const) {
  trustedRanges.addSubnet(net, bits, 'ipv6');
}

function isTrusted(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(plain);
  return family !== 0 && trustedRanges.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

function list(header: string | string[] | undefined): string[] {
  if (header === undefined) return [];
  return String(header)
    .split(',')
    .map((item) => item.trim());
}
