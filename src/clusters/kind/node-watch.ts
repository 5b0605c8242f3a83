import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { EnvironmentError } from '../../core/errors.js';
import { type Executor, succeeded } from '../../core/executor.js';
import { said } from '../../exec/docker/engine-error.js';
import type { KindConfig } from '../../schema/kind-config.js';
import { nodeContainers } from './nodes.js';

/** What nothing but a new cluster helps against. */
export class NodeEnded extends EnvironmentError {}

const lostConnection = /refused|reset by peer|was lost|EOF|timeout|timed out|closed|broken pipe|no route to host/i;
const patienceMs = 3_000;

/** Looks whether the nodes' containers still run, so that what fails because one has ended is not laid on the Service. */
export class NodeWatch {
  readonly #docker: Docker;
  readonly #config: Pick<KindConfig, 'name' | 'nodes'>;

  constructor(docker: Docker, config: Pick<KindConfig, 'name' | 'nodes'>) {
    this.#docker = docker;
    this.#config = config;
  }

  /** @throws NodeEnded that names each node that no longer runs, or when the engine no longer answers. */
  async mustRun(because = '', cause?: unknown): Promise<void> {
    const { name: cluster } = this.#config;
    const nodes = await nodeContainers(this.#docker, cluster).catch((error: unknown) => {
      throw new NodeEnded(`the Docker engine no longer answers: ${said(error)}`, {
        hint: "'docker version' tells whether it is back; 'svclab down' ends what is left then",
        cause: error,
      });
    });
    const wanted = this.#config.nodes.map((node) => node.name);
    const ended = wanted.filter((name) => nodes.find((node) => node.name === name)?.state !== 'running');
    if (ended.length === 0) return;
    throw new NodeEnded(`${ended.join(', ')} of the cluster ${cluster} no longer runs${because}`, {
      hint: `'docker logs ${ended[0]}' may tell why while its container is there; a new run makes a new cluster (--fresh in the place of a kept one)`,
      cause,
    });
  }

  /** When something fails because a node has ended, that is what is said. */
  async blaming<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EnvironmentError) || error instanceof NodeEnded) throw error;
      await this.#mustRunStill(error.message, error);
      throw error;
    }
  }

  /** A node's programs end a little before the engine says that its container has: after a lost connection it is given the time. */
  async #mustRunStill(failure: string, cause?: unknown): Promise<void> {
    const until = performance.now() + (lostConnection.test(failure) ? patienceMs : 0);
    for (;;) {
      await this.mustRun(failure === '' ? '' : `: ${failure}`, cause);
      if (performance.now() >= until) return;
      await delay(100);
    }
  }

  /**
   * The same executor, watched. What is asked in a pod may have gone to any node, so even an answer that looks well is not taken when one has ended.
   */
  over(executor: Executor): Executor {
    const onNode = executor.place.startsWith('node/');
    return {
      place: executor.place,
      run: (argv, options) =>
        this.blaming(async () => {
          const result = await executor.run(argv, options);
          if (!(onNode && succeeded(result)) && options?.signal?.aborted !== true)
            await this.#mustRunStill(result.ended === 'not-started' ? result.stderr.trim() : '');
          return result;
        }),
      start: (argv, options) => this.blaming(() => executor.start(argv, options)),
    };
  }
}
