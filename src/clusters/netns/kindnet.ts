import { restoreText } from '../../proxy/iptables/restore.js';

/**
 * The masquerade rules of kindnetd (kind v0.24.0, `images/kindnetd/cmd/kindnetd/masq.go`), as an `iptables-restore --noflush` input:
 * what leaves the pod range takes the node's address, what stays inside keeps its own.
 */
export function kindMasqAgent(podSubnet: string): string {
  const chain = 'KIND-MASQ-AGENT';
  return restoreText([
    {
      table: 'nat',
      chains: [chain],
      rules: [
        `-A POSTROUTING -m addrtype ! --dst-type LOCAL -m comment --comment "kind-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom ${chain} chain" -j ${chain}`,
        `-A ${chain} -d ${podSubnet} -m comment --comment "kind-masq-agent: local traffic is not subject to MASQUERADE" -j RETURN`,
        `-A ${chain} -m comment --comment "kind-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)" -j MASQUERADE`,
      ],
    },
  ]);
}
