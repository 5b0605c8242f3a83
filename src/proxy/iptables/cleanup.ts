import { type Ruleset, rulesOf, tableOf } from '../model.js';
import { canonicalRule } from './canonical.js';
import { proxyJumps } from './jumps.js';
import { isServiceChain } from './names.js';
import { printRule } from './print.js';
import { restoreText } from './restore.js';

/**
 * What kube-proxy v1.31.0 takes away when it starts in nftables mode and finds the rules of iptables mode, as one `iptables-restore --noflush` input: the
 * `CleanupLeftovers` of pkg/proxy/iptables and, as far as it touches the same chains, of pkg/proxy/ipvs. It leaves KUBE-MARK-MASQ and the canary chains behind,
 * and KUBE-FIREWALL, which the kubelet keeps too.
 * @param live what `iptables-save` shows now.
 */
export function iptablesCleanup(live: Ruleset): string {
  return restoreText(
    (['nat', 'filter'] as const).map((table) => {
      const present = new Set((tableOf(live, table)?.chains ?? []).map(({ name }) => name));
      const chains = [...present].filter((name) => (table === 'nat' && isServiceChain(name)) || shared[table].includes(name));
      const jumps = proxyJumps
        .filter((jump) => jump.table === table && jump.to !== 'KUBE-FIREWALL')
        .filter(({ from, rule }) =>
          rulesOf(live, table, from).some((one) => canonicalRule(printRule(one)) === canonicalRule(`-A ${from} ${rule}`)),
        );
      return {
        table,
        chains,
        rules: [...jumps.map(({ from, rule }) => `-D ${from} ${rule}`), ...chains.map((chain) => `-X ${chain}`)],
      };
    }),
  );
}

const shared = {
  nat: ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING'],
  filter: ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FORWARD', 'KUBE-NODEPORTS', 'KUBE-PROXY-FIREWALL'],
};
