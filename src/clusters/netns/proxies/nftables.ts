import { EnvironmentError } from '../../../core/errors.js';
import type { Holder } from '../../../exec/holder.js';
import { kubeletRules } from '../../../proxy/iptables/node-rules.js';
import { deleteChains, deleteTableText, type NftablesRules, nftablesRules, nftablesStages } from '../../../proxy/nftables/rules.js';
import { inNode } from '../inside.js';
import type { NodeProxy } from '../node-proxy.js';
import { restoreRules } from '../restore-rules.js';

/**
 * Service ports in one transaction. kube-proxy writes all in one; the kernel's work for one grows with its square, and that of nft with the number of
 * transactions. With up to this many it is one here too.
 */
const inTransaction = 1_000;

export function nftablesProxy(holder: Holder): NodeProxy {
  /** Chains that are empty, and that the kernel still held when they were to go. */
  const stale = new Map<string, readonly string[]>();
  const nft = async (node: string, text: string): Promise<unknown> => inNode(holder, node, ['nft', '-f', '-'], text);

  /** In as few transactions as the kernel takes; `done` is told how many pieces are through. */
  const nftPieces = async (node: string, pieces: readonly string[], done: (pieces: number) => void = () => {}): Promise<void> => {
    let size = pieces.length;
    for (let at = 0; at < pieces.length; done(at)) {
      const taken = await nft(node, pieces.slice(at, at + size).join('')).then(
        () => true,
        (error: unknown) => {
          if (size > 1 && isTooLong(error)) return false;
          throw error;
        },
      );
      if (taken) at += size;
      else size = Math.ceil(size / 2);
    }
  };

  const load = async (node: string, rules: NftablesRules): Promise<void> => {
    for (const stage of nftablesStages(rules, inTransaction)) {
      if (stage.kind === 'text') await nftPieces(node, stage.pieces);
      else await inNode(holder, node, ['svclab-nft-lines'], stage.lines.join('\n'));
    }
  };

  const write = async (node: string, rules: NftablesRules): Promise<void> => {
    if (rules.services.length > inTransaction) await load(node, rules);
    else if (rules.text !== '') {
      await nft(node, rules.text).catch((error: unknown) => {
        if (!isTooLong(error)) throw error;
        return load(node, rules);
      });
    }
    const left = new Set([...(stale.get(node) ?? []), ...rules.staleChains]);
    for (const chain of rules.serviceChains) left.delete(chain);
    if (left.size === 0) return;
    const chains = [...left];
    let deleted = 0;
    const count = (pieces: number): void => {
      deleted = pieces;
    };
    // Kernels before 6.2 hold on to them for a moment: the next sync tries again.
    await nftPieces(node, deleteChains(chains), count).catch(() => {});
    stale.set(node, chains.slice(deleted));
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

/** An ordinary user may not send as large a message as root may (socket(7), SO_SNDBUFFORCE). The kernel has taken nothing of one that is too long. */
function isTooLong(error: unknown): boolean {
  return error instanceof EnvironmentError && /Message too long|No buffer space/.test(error.message);
}
