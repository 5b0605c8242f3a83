import type { KubeObject } from '../../core/cluster.js';
import { EnvironmentError } from '../../core/errors.js';
import { type Executor, succeeded } from '../../core/executor.js';
import { isPod } from '../../objects/guards.js';

/**
 * The pods that the API server has shown and shows no longer. One that is deleted without grace is gone from there at once, and runs and answers until its kubelet has
 * got round to it. Its container has ended when its network goes: the route to it on its node (kindnet's CNI plugin ptp, which a sandbox's end calls after its
 * containers').
 */
export class GonePods {
  readonly #seen = new Set<string>();

  /** Takes note of what the API server shows now. */
  note(objects: readonly KubeObject[]): void {
    for (const address of addressesOf(objects)) this.#seen.add(address);
  }

  /** Whether any of them is not known to have ended. @param objects what the API server shows now. */
  any(objects: readonly KubeObject[]): boolean {
    return this.#gone(objects).length > 0;
  }

  /**
   * Looks at every node, where there is something to look for.
   * @param objects what the API server shows now.
   * @throws EnvironmentError that names one that is still there.
   */
  async mustHaveEnded(objects: readonly KubeObject[], nodes: readonly Executor[], signal: AbortSignal): Promise<void> {
    const gone = this.#gone(objects);
    if (gone.length === 0) return;
    await Promise.all(
      nodes.map(async (node) => {
        const argv = ['ip', '-4', 'route', 'show'];
        const result = await node.run(argv, { signal });
        if (!succeeded(result))
          throw new EnvironmentError(`'${argv.join(' ')}' failed beside ${node.place}: ${result.stderr.trim() || result.ended}`);
        const routes = new Set(result.stdout.split('\n').map((line) => line.split(' ', 1)[0]));
        const still = gone.find((address) => routes.has(address));
        if (still !== undefined)
          throw new EnvironmentError(`the pod that had the address ${still} is deleted, and ${node.place} still has it`);
      }),
    );
    for (const address of gone) this.#seen.delete(address);
  }

  #gone(objects: readonly KubeObject[]): readonly string[] {
    const here = new Set(addressesOf(objects));
    return [...this.#seen].filter((address) => !here.has(address));
  }
}

function addressesOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.filter(isPod).flatMap(({ status }) => status?.podIP ?? []);
}
