import { UsageError } from '../core/errors.js';
import type { Node, Pod } from './kubernetes.js';

const controlPlane = 'node-role.kubernetes.io/control-plane';

/**
 * The node for a pod: the one it names, or the worker with the fewest pods (the control plane is tainted in a cluster that has
 * workers). @throws UsageError when it names a node that is not there.
 */
export function schedule(pod: Pod, nodes: readonly Node[], pods: readonly Pod[]): string {
  const wanted = pod.spec.nodeName;
  if (wanted !== undefined) {
    if (!nodes.some((node) => node.metadata.name === wanted)) {
      throw new UsageError(`pod ${pod.metadata.name}: there is no node '${wanted}'`, {
        hint: `nodes: ${nodes.map((n) => n.metadata.name).join(', ')}`,
      });
    }
    return wanted;
  }
  const workers = nodes.filter((node) => node.metadata.labels?.[controlPlane] === undefined);
  const candidates = (workers.length > 0 ? workers : nodes).map((node) => ({
    name: node.metadata.name,
    pods: pods.filter((other) => other.spec.nodeName === node.metadata.name).length,
  }));
  const best = candidates.reduce((a, b) => (b.pods < a.pods ? b : a));
  return best.name;
}
