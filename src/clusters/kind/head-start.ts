import type { ManifestSource } from '../../core/cluster.js';
import { waitFor } from '../../core/wait.js';
import { writeAtomically } from '../../evidence/atomic-file.js';
import type { KindConfig } from '../../schema/kind-config.js';
import { kubeconfigOf } from './kubeconfig.js';
import { isNodeReady } from './settled.js';
import type { Sidecars } from './sidecars.js';
import type { Tools } from './tools.js';
import type { Workloads } from './workloads.js';

export interface HeadStartOptions {
  readonly tools: Tools;
  readonly config: KindConfig;
  readonly sidecars: Sidecars;
  readonly workloads: Pick<Workloads, 'bring' | 'apply'>;
  readonly manifests: readonly ManifestSource[];
  readonly kubeconfig: string;
  readonly signal: AbortSignal;
}

/** A creation that has not come so far by then has a fault of its own, of which kind tells. */
const patienceMs = 120_000;

/**
 * What a run will want of a cluster, begun while kind still makes it: nodes' containers can be given images, and sidecars, long before the cluster is whole, and the
 * workloads need not wait for kind to end. It is a head start and no more: what fails here is done again, and told, by those who need it.
 */
export class HeadStart implements AsyncDisposable {
  readonly #options: HeadStartOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #nodes: Promise<void> | undefined;
  #applied: Promise<boolean> | undefined;

  constructor(options: HeadStartOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
  }

  /** @param step in kind's words (kind `pkg/cluster/internal/create/actions/`). */
  readonly begun = (step: string): void => {
    // The nodes' containers run, and containerd in them; and kind now waits for the API server, which leaves time.
    if (/^Starting control-plane/.test(step)) this.#nodes ??= this.#onNodes().catch(() => {});
    // kubeadm has waited for the API server.
    if (/^(Joining worker nodes|Waiting)/.test(step)) this.#applied ??= this.#onApiServer().catch(() => false);
  };

  /** Resolves when what was begun has come to its end. @returns whether these manifests are applied. */
  async applied(manifests: readonly ManifestSource[]): Promise<boolean> {
    await this.#nodes;
    return (await this.#applied) === true && manifests === this.#options.manifests;
  }

  async #onNodes(): Promise<void> {
    const { sidecars, config, workloads, manifests } = this.#options;
    await sidecars.prepare(config.nodes.map(({ name }) => name));
    await workloads.bring(manifests, this.#signal);
  }

  async #onApiServer(): Promise<boolean> {
    const { tools, config, workloads, manifests, kubeconfig } = this.#options;
    await this.#nodes;
    await writeAtomically(kubeconfig, await kubeconfigOf(tools, config, this.#signal), 0o600);
    // A pod that comes to a node before its network is ready cannot be given its service account's volume, which the kubelet then tries again after 0.5, 1, 2, 4, 8
    // and 16 s (pkg/util/goroutinemap/exponentialbackoff): it would start later than one that comes when all is ready.
    const ready = async (): Promise<true | undefined> => {
      const nodes = await tools.api.list(['Node'], this.#signal);
      return (nodes.length === config.nodes.length && nodes.every(isNodeReady)) || undefined;
    };
    await waitFor('all nodes to be Ready', ready, { intervalMs: 200, timeoutMs: patienceMs, signal: this.#signal });
    await workloads.apply(manifests, this.#signal);
    return true;
  }

  /** Ends what is at work, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the cluster could not be made'));
    await this.#nodes;
    await this.#applied;
  }
}
