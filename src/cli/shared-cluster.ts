import type { Cluster, ClusterProvider } from '../core/cluster.js';
import { untilDone } from '../core/interrupt.js';

/** Several labs on one cluster of a kind that is used again: it is made with the first, and ended after the last where it was not there before. */
export class SharedCluster {
  /** What the labs are run with. */
  readonly provider: ClusterProvider;
  readonly #name: string;
  readonly #keeps: boolean;

  private constructor(provider: ClusterProvider, name: string, keeps: boolean) {
    this.provider = { ...provider, create: async (request) => leaving(await provider.create(request)) };
    this.#name = name;
    this.#keeps = keeps;
  }

  /** @param keep the cluster stays in any case. */
  static async of(provider: ClusterProvider, name: string, keep: boolean, signal: AbortSignal): Promise<SharedCluster> {
    const there = (await provider.status(signal)).some((cluster) => cluster.name === name);
    return new SharedCluster(provider, name, there || keep);
  }

  /** Not cancellable: it would stay. @returns what was ended, in words. @param patience says that it takes a while, to whoever asks for the end again. */
  async end(signal: AbortSignal, patience: () => void): Promise<readonly string[]> {
    if (this.#keeps) return [];
    const done = untilDone(signal, patience);
    try {
      return await this.provider.down(this.#name, new AbortController().signal);
    } finally {
      done();
    }
  }
}

/** The same cluster, which goes on when the lab is done, without what the lab has put there. */
function leaving(cluster: Cluster): Cluster {
  const leave = cluster.leave?.bind(cluster);
  if (leave === undefined) return cluster;
  return new Proxy(cluster, {
    get: (target, key) => {
      if (key === Symbol.asyncDispose) return leave;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
