import type { Ruleset } from '../model.js';
import { proxyJumps } from './jumps.js';
import { isServiceChain } from './names.js';
import { removalText } from './removal.js';

/**
 * What kube-proxy v1.31.0 takes away when it starts in nftables mode and finds the rules of iptables mode, as one `iptables-restore --noflush` input: the
 * `CleanupLeftovers` of pkg/proxy/iptables and, as far as it touches the same chains, of pkg/proxy/ipvs. It leaves KUBE-MARK-MASQ and the canary chains behind,
 * and KUBE-FIREWALL, which the kubelet keeps too.
 * @param live what `iptables-save` shows now.
 */
export function iptablesCleanup(live: Ruleset): string {
  const jumps = proxyJumps.filter(({ to }) => to !== 'KUBE-FIREWALL');
  return removalText(live, jumps, (table, chain) => (table === 'nat' && isServiceChain(chain)) || shared[table].includes(chain));
}

const shared = {
  nat: ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING'],
  filter: ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FORWARD', 'KUBE-NODEPORTS', 'KUBE-PROXY-FIREWALL'],
};
