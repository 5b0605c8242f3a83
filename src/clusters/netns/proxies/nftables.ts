import { EnvironmentError } from '../../../core/errors.js';
import type { Holder } from '../../../exec/holder.js';
import { kubeletRules } from '../../../proxy/iptables/node-rules.js';
import { deleteChainsText, deleteTableText, type NftablesRules, nftablesBatches, nftablesRules } from '../../../proxy/nftables/rules.js';
import { inNode } from '../inside.js';
import type { NodeProxy } from '../node-proxy.js';
import { restoreRules } from '../restore-rules.js';

/**
 * Service ports in one transaction. kube-proxy writes all in one; the kernel's work for one grows with its square, and that of nft with the number of
 * transactions. With up to this many it is one here too.
 */
const inTransaction = 1_000;
/** An ordinary user may not send as large a message as root may (socket(7), SO_SNDBUFFORCE). */
const inSmallTransaction = 40;

export function nftablesProxy(holder: Holder): NodeProxy {
  /** Chains that are empty, and that the kernel still held when they were to go. */
  const stale = new Map<string, readonly string[]>();
  const nft = async (node: string, text: string): Promise<unknown> => inNode(holder, node, ['nft', '-f', '-'], text);

  const load = async (node: string, rules: NftablesRules): Promise<void> => {
    for (const text of nftablesBatches(rules, inTransaction)) {
      if (text !== '') await nft(node, text);
    }
  };

  const write = async (node: string, rules: NftablesRules): Promise<void> => {
    try {
      if (rules.services.length <= inTransaction) await (rules.text === '' ? undefined : nft(node, rules.text));
      else await load(node, rules);
    } catch (error) {
      // The kernel has taken nothing of a message that is too long.
      if (!(error instanceof EnvironmentError && /Message too long|No buffer space/.test(error.message))) throw error;
      for (const text of nftablesBatches(rules, inSmallTransaction)) await nft(node, text);
    }
    const left = new Set([...(stale.get(node) ?? []), ...rules.staleChains]);
    for (const chain of rules.serviceChains) left.delete(chain);
    if (left.size === 0) return;
    // Kernels before 6.2 hold on to them for a moment: the next sync tries again.
    const gone = await nft(node, deleteChainsText([...left])).then(
      () => true,
      () => false,
    );
    stale.set(node, gone ? [] : [...left]);
  };

  return {
    sysctls: {},
    async install(node, input, base) {
      await Promise.all([
        base === undefined ? undefined : restoreRules(holder, node, kubeletRules() + base),
        write(node, nftablesRules(input)),
      ]);
    },
    sync: async (node, input, before) =>
      write(node, nftablesRules(input, { objects: before, existing: { chains: stale.get(node) ?? [], sets: [] } })),
    async remove(node) {
      stale.delete(node);
      await nft(node, deleteTableText);
    },
  };
}
