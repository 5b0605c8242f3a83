import { EnvironmentError } from '../core/errors.js';
import { type Executor, succeeded } from '../core/executor.js';
import { isPod } from '../objects/guards.js';
import type { Scene } from '../scene/scene.js';
import type { Stage } from './stage.js';

/**
 * Has every node forget the connections that lead to pods which are gone. A SYN that a pod did not live to answer is remembered for two minutes
 * (nf_conntrack_tcp_timeout_syn_sent), with its translation: a client that comes back to the same port in that time is sent to where nobody is, whatever the rules say by
 * then. That belongs to what was done before, and not to what a step is about. A connection that both sides have closed is not in the way: at a new SYN the kernel drops its
 * entry and asks the rules (net/netfilter/nf_conntrack_proto_tcp.c, nf_conntrack_tcp_packet, TCP_CONNTRACK_SYN_SENT).
 * @throws EnvironmentError where a node's table cannot be changed.
 */
export async function forgetGone({ cluster, pods, signal }: Pick<Stage, 'cluster' | 'pods' | 'signal'>, scene: Scene): Promise<void> {
  const here = new Set(scene.objects.filter(isPod).flatMap(({ status }) => status?.podIP ?? []));
  const gone = [...pods].filter((address) => !here.has(address));
  if (gone.length > 0) await Promise.all(scene.nodes.map(({ place }) => forgetAt(cluster.executor(place), gone, signal)));
  for (const address of gone) pods.delete(address);
  for (const address of here) pods.add(address);
}

/** How often entries may end by themselves just when they are to be deleted. */
const attempts = 20;

/** What is not closed on both sides; thousands that are need not come all the way here. */
const open = ['bash', '-c', "set -o pipefail; conntrack --dump --proto tcp | sed '/ TIME_WAIT /d'"];

/** One look at the table tells which addresses are in it at all: most nodes have never heard of most pods. */
async function forgetAt(node: Executor, gone: readonly string[], signal: AbortSignal): Promise<void> {
  const run = async (argv: readonly string[]): Promise<string> => {
    for (let attempt = 1; ; attempt++) {
      const result = await node.run(argv, { signal });
      signal.throwIfAborted();
      // It exits with 1 where there was nothing to delete, and says so: an entry may end by itself meanwhile.
      if (succeeded(result) || /\b0 flow entries have been deleted/.test(result.stderr)) return result.stdout;
      // Where one ends between its look and its deletion, it stops there, and leaves the rest (conntrack-tools, conntrack.c, delete_cb).
      if (attempt < attempts && /such conntrack doesn't exist/.test(result.stderr)) continue;
      throw new EnvironmentError(`'${argv.join(' ')}' failed at ${node.place}: ${result.stderr.trim() || result.ended}`);
    }
  };
  // Of the two directions of an entry the second is the reply's.
  const answering = new Set([...(await run(open)).matchAll(/^.* src=\S+ .* src=(\S+) /gm)].map(([, source]) => source));
  const deletion = (address: string) => run(['conntrack', '--delete', '--proto', 'tcp', '--reply-src', address]);
  await Promise.all(gone.filter((address) => answering.has(address)).map(deletion));
}
