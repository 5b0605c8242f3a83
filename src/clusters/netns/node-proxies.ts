import type { ProxyMode } from '../../core/cluster.js';
import type { Holder } from '../../exec/holder.js';
import type { NodeProxy } from './node-proxy.js';
import { iptablesProxy } from './proxies/iptables.js';
import { ipvsProxy } from './proxies/ipvs.js';
import { nftablesProxy } from './proxies/nftables.js';
import { userspaceProxy } from './proxies/userspace.js';

const proxies: Readonly<Record<ProxyMode, (holder: Holder) => NodeProxy>> = {
  iptables: iptablesProxy,
  nftables: nftablesProxy,
  ipvs: ipvsProxy,
  userspace: userspaceProxy,
};

export function nodeProxy(mode: ProxyMode, holder: Holder): NodeProxy {
  return proxies[mode](holder);
}
