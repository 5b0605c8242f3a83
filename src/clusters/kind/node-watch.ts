import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { EnvironmentError } from '../../core/errors.js';
import { type Executor, succeeded } from '../../core/executor.js';
import { containerStreams } from '../../exec/docker/container-streams.js';
import { said } from '../../exec/docker/engine-error.js';
import type { KindConfig } from '../../schema/kind-config.js';
import { nodeContainers } from './nodes.js';

/** What nothing but a new cluster helps against. */
export class NodeEnded extends EnvironmentError {}

const lostConnection = /refused|reset by peer|was lost|EOF|timeout|timed out|closed|broken pipe|no route to host/i;
/** A node that shuts down in good order ends its programs one by one, and answers for a while. */
const shutdownMs = 3_000;
/** The engine says that a container has ended when all that it held is given back, which takes its time on a busy machine. */
const patienceMs = 30_000;

/** Looks whether the nodes' containers still run, so that what fails because one has ended is not laid on the Service. */
export class NodeWatch {
  readonly #docker: Docker;
  readonly #config: Pick<KindConfig, 'name' | 'nodes'>;
  readonly #answers: (container: string) => Promise<boolean>;

  constructor(
    docker: Docker,
    config: Pick<KindConfig, 'name' | 'nodes'>,
    answers: (container: string) => Promise<boolean> = (container) => startsPrograms(docker, container),
  ) {
    this.#docker = docker;
    this.#config = config;
    this.#answers = answers;
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
  async blaming<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EnvironmentError) || error instanceof NodeEnded) throw error;
      await this.#mustRunStill(error.message, signal, error);
      throw error;
    }
  }

  /**
   * A node's programs end before the engine says that its container has. After a lost connection there are two signs to wait for: that word of the
   * engine's, or an answer of every node.
   */
  async #mustRunStill(failure: string, signal: AbortSignal | undefined, cause?: unknown): Promise<void> {
    const because = failure === '' ? '' : `: ${failure}`;
    await this.mustRun(because, cause);
    if (!lostConnection.test(failure)) return;
    const since = performance.now();
    const elapsed = (): number => performance.now() - since;
    const nodes = { asked: false, allAnswer: false };
    while (!nodes.allAnswer && signal?.aborted !== true && elapsed() < patienceMs) {
      await delay(100);
      await this.mustRun(because, cause);
      if (nodes.asked || elapsed() < shutdownMs) continue;
      nodes.asked = true;
      Promise.all(this.#config.nodes.map(({ name }) => this.#answers(name))).then((answers) => {
        nodes.allAnswer = answers.every((yes) => yes);
      });
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
            await this.#mustRunStill(result.ended === 'not-started' ? result.stderr.trim() : '', options?.signal);
          return result;
        }, options?.signal),
      start: (argv, options) => this.blaming(() => executor.start(argv, options), options?.signal),
    };
  }
}

/** No process can be started in a container whose first one has been killed (pid_namespaces(7)), whatever the engine says of it. */
async function startsPrograms(docker: Docker, container: string): Promise<boolean> {
  try {
    const { ended } = await containerStreams(docker, container)(['true']);
    return (await ended) === 0;
  } catch {
    return false;
  }
}
