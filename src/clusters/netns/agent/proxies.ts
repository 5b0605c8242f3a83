import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ProxySpec } from '../../../exec/protocol.js';
import type { Namespaces } from './system.js';

/**
 * The proxies of the userspace mode, one a node. Each is a thread of its own: a thread begins in the namespace of the one that starts it, and
 * stays there, so that all it does, later too, happens on its node.
 */
export class Proxies {
  readonly #namespaces: Namespaces;
  readonly #workers = new Map<string, Worker>();

  constructor(namespaces: Namespaces) {
    this.#namespaces = namespaces;
  }

  /** Serves these ports in the namespace and no others; none ends its proxy. Gives where each is listening, in the same order. */
  async serve(namespace: string, ports: readonly ProxySpec[]): Promise<readonly number[]> {
    const running = this.#workers.get(namespace);
    if (ports.length === 0) {
      this.#workers.delete(namespace);
      await running?.terminate();
      return [];
    }
    const worker = running ?? this.#namespaces.within(namespace, () => new Worker(new URL('./userspace-proxy.js', import.meta.url)));
    this.#workers.set(namespace, worker);
    const answer = once(worker, 'message');
    worker.postMessage(ports);
    const [listening]: (readonly number[])[] = await answer;
    return listening ?? [];
  }
}
