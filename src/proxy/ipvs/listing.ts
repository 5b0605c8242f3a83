import { formatIpv4 } from '../ipv4.js';
import { serverKey, type VirtualServer } from './state.js';

/** A virtual server as the kernel shows it. */
export type ListedServer = Pick<VirtualServer, 'address' | 'port' | 'protocol' | 'realServers'> & { readonly scheduler: string };

/** Reads /proc/net/ip_vs, IPv4 only (Linux, net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show): addresses and ports are hexadecimal. */
export function parseIpVs(text: string): readonly ListedServer[] {
  const servers: { server: Omit<ListedServer, 'realServers'>; realServers: string[] }[] = [];
  for (const line of text.split('\n')) {
    const [, protocol, address = '', port = '', scheduler = ''] = /^(TCP|UDP|SCTP)\s+([0-9A-F]{8}):([0-9A-F]{4}) (\S+)/.exec(line) ?? [];
    if (protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP')
      servers.push({ server: { address: decimal(address), port: Number.parseInt(port, 16), protocol, scheduler }, realServers: [] });
    const [, real = '', realPort = ''] = /^\s+-> ([0-9A-F]{8}):([0-9A-F]{4}) /.exec(line) ?? [];
    if (real !== '') servers.at(-1)?.realServers.push(`${decimal(real)}:${Number.parseInt(realPort, 16)}`);
  }
  return servers.map(({ server, realServers }) => ({ ...server, realServers: realServers.toSorted() }));
}

/** `10.200.1.1:443/TCP=172.18.0.2:6443`: a virtual server and where it leads. */
export function serverText(server: Omit<ListedServer, 'scheduler'>): string {
  return `${serverKey(server)}=${server.realServers.join(',')}`;
}

function decimal(hex: string): string {
  return formatIpv4(Number.parseInt(hex, 16));
}
