import type { Executor } from '../../core/executor.js';
import { waitFor } from '../../core/wait.js';
import { isReady } from '../../objects/endpoints.js';
import { isPod } from '../../objects/guards.js';
import type { Pod } from '../../objects/kubernetes.js';
import { keyOf, refOf } from '../../objects/names.js';
import type { ObjectStore } from '../../objects/store.js';
import { askWith, probeReadiness, readinessProbes } from './readiness-probe.js';

/** How long a pod may take to become Ready. */
const patienceMs = 60_000;

/** Has the readiness of pods probed, from their nodes as kubelet does, and their state in the store follow it. */
export class Readiness {
  readonly #store: ObjectStore;
  readonly #executor: (node: string) => Executor;
  readonly #carryOut: (change: () => boolean) => Promise<void>;
  readonly #running = new Map<string, AbortController>();

  /** @param carryOut makes a change when its turn has come, and what it leads to where it says that it changed something. */
  constructor(store: ObjectStore, executor: (node: string) => Executor, carryOut: (change: () => boolean) => Promise<void>) {
    this.#store = store;
    this.#executor = executor;
    this.#carryOut = carryOut;
  }

  /** Begins to probe a pod that runs and has probes. */
  watch(pod: Pod): void {
    const { podIP, hostIP } = this.#now(pod)?.status ?? {};
    if (podIP === undefined || hostIP === undefined) return;
    const probes = readinessProbes(pod, podIP);
    if (probes.length === 0) return;
    const ended = new AbortController();
    const { signal } = ended;
    this.#running.set(keyOf(refOf(pod)), ended);
    const ask = askWith(this.#executor(pod.spec.nodeName ?? ''), signal);
    const states = probes.map(() => false);
    for (const [i, probe] of probes.entries()) {
      const changed = (ready: boolean): Promise<void> =>
        this.#carryOut(() => {
          const now = this.#now(pod);
          if (signal.aborted || now === undefined) return false;
          states[i] = ready;
          this.#store.setStatus(now, { podIP, hostIP, ready: states.every(Boolean) });
          return true;
        });
      // A cluster that has ended answers no more, and there is nobody to tell.
      probeReadiness(probe, { ask, changed, signal }).catch(() => ended.abort());
    }
  }

  forget(pod: Pod): void {
    this.#running.get(keyOf(refOf(pod)))?.abort();
    this.#running.delete(keyOf(refOf(pod)));
  }

  /** @throws EnvironmentError that names a pod which does not become Ready. */
  async settled(pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    for (const pod of pods.filter((one) => this.#running.has(keyOf(refOf(one))))) {
      const look = (): true | undefined => {
        const now = this.#now(pod);
        return now === undefined || isReady(now) ? true : undefined;
      };
      await waitFor(`readiness of pod ${pod.metadata.name}, by its probe,`, look, { intervalMs: 10, timeoutMs: patienceMs, signal });
    }
  }

  end(): void {
    for (const ended of this.#running.values()) ended.abort();
    this.#running.clear();
  }

  #now(pod: Pod): Pod | undefined {
    return this.#store.objects.filter(isPod).find((one) => keyOf(refOf(one)) === keyOf(refOf(pod)));
  }
}
