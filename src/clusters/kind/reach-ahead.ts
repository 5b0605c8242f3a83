import type { Executor, Place } from '../../core/executor.js';
import { waitFor } from '../../core/wait.js';
import { fieldsOf } from '../../objects/source/pick.js';
import type { Tools } from './tools.js';

/** Until then a pod that comes to no node has been told of by those who wait for all. */
const patienceMs = 120_000;

export interface Reaching {
  readonly tools: Pick<Tools, 'api'>;
  readonly sidecars: { at(place: Place): Executor };
  /** Ends the waiting for a pod; what has begun comes to its end. */
  readonly signal: AbortSignal;
}

/**
 * Makes the first command at a place quick: the ephemeral container of a pod and the connection to it take about a second, and two where the kubelet hears of the container only when
 * the pod runs already, since it looks at its pods once a second (generic PLEG). So it is asked for as soon as the pod has a node.
 * Never throws: whoever needs the place is told what is wrong with it.
 */
export async function reachAhead(place: Place, { tools, sidecars, signal }: Reaching): Promise<void> {
  const [kind, namespace, name] = place.split('/');
  const placed = async (): Promise<true | undefined> => {
    const pod = fieldsOf(await tools.api.get(`/api/v1/namespaces/${namespace}/pods/${name}`, signal));
    return fieldsOf(pod['spec'])['nodeName'] === undefined ? undefined : true;
  };
  try {
    if (kind === 'pod') await waitFor(`${place} to have a node`, placed, { intervalMs: 200, timeoutMs: patienceMs, signal });
    await sidecars.at(place).run(['true']);
  } catch {
    // Told by the first command that is run there.
  }
}
