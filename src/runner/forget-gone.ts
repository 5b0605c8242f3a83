import { EnvironmentError } from '../core/errors.js';
import { succeeded } from '../core/executor.js';
import { isPod } from '../objects/guards.js';
import type { Scene } from '../scene/scene.js';
import type { Stage } from './stage.js';

/**
 * Has every node forget the connections that lead to pods which are gone. A SYN that a pod did not live to answer is remembered for two minutes
 * (nf_conntrack_tcp_timeout_syn_sent), with its translation: a client that comes back to the same port in that time is sent to where nobody is, whatever the rules say by
 * then. That belongs to what was done before, and not to what a step is about.
 * @throws EnvironmentError where a node's table cannot be changed.
 */
export async function forgetGone({ cluster, pods, signal }: Pick<Stage, 'cluster' | 'pods' | 'signal'>, scene: Scene): Promise<void> {
  const here = new Set(scene.objects.filter(isPod).flatMap(({ status }) => status?.podIP ?? []));
  const gone = [...pods].filter((address) => !here.has(address));
  await Promise.all(
    scene.nodes.flatMap(({ place }) =>
      gone.map(async (address) => {
        const argv = ['conntrack', '--delete', '--proto', 'tcp', '--reply-src', address];
        const result = await cluster.executor(place).run(argv, { signal });
        signal.throwIfAborted();
        // It exits with 1 where there was nothing to delete, and says so.
        if (!succeeded(result) && !/\b0 flow entries have been deleted/.test(result.stderr))
          throw new EnvironmentError(`'${argv.join(' ')}' failed at ${place}: ${result.stderr.trim() || result.ended}`);
      }),
    ),
  );
  for (const address of gone) pods.delete(address);
  for (const address of here) pods.add(address);
}
