import type { ProxyMode } from '../../core/cluster.js';
import { UnmetError } from '../../core/errors.js';
import type { Holder } from '../../exec/holder.js';
import type { NodeProxy } from './node-proxy.js';
import { iptablesProxy } from './proxies/iptables.js';
import { nftablesProxy } from './proxies/nftables.js';

type MakeProxy = (holder: Holder) => NodeProxy;

/** The modes that the embedded cluster has. */
const proxies: Readonly<Partial<Record<ProxyMode, MakeProxy>>> = { iptables: iptablesProxy, nftables: nftablesProxy };

/** @throws UnmetError for a mode that the embedded cluster has not. */
export function nodeProxy(mode: ProxyMode, holder: Holder): NodeProxy {
  const make = proxies[mode];
  if (make === undefined) {
    throw new UnmetError(`the embedded cluster has no proxy mode ${mode}`, { hint: `it has ${Object.keys(proxies).join(', ')}` });
  }
  return make(holder);
}
