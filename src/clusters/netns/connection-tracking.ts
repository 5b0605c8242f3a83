import { existsSync } from 'node:fs';
import { EnvironmentError, UnmetError } from '../../core/errors.js';
import type { Holder } from '../../exec/holder.js';
import { inNode } from './inside.js';

/** Of every network namespace, as soon as the kernel has connection tracking. */
const setting = '/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established';

/** A rule that looks at a connection's state, and away with it in the same transaction. */
const rule = `add table ip svclab-conntrack
add chain ip svclab-conntrack any
add rule ip svclab-conntrack any ct state new accept
delete table ip svclab-conntrack
`;

/**
 * Has the kernel load connection tracking where it is a module that nobody has needed yet, as on a machine without a firewall and without Docker: what the nodes' kube-proxy
 * sets of it is not there before. The first rule that asks for it loads it (net/netfilter/nf_tables_api.c, nft_request_module), without root too.
 * @throws UnmetError where the kernel has none.
 */
export async function loadConnectionTracking(holder: Holder, isThere: () => boolean = () => existsSync(setting)): Promise<void> {
  if (isThere()) return;
  const hint = "load it with 'sudo modprobe nf_conntrack'";
  await inNode(holder, '', ['nft', '-f', '-'], rule).catch((cause: unknown) => {
    if (!(cause instanceof EnvironmentError)) throw cause;
    throw new UnmetError('the kernel has no connection tracking', { hint, cause });
  });
  if (!isThere()) throw new UnmetError('the kernel has no connection tracking', { hint });
}
