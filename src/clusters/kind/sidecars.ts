import type { Executor, Place } from '../../core/executor.js';
import { waitFor } from '../../core/wait.js';
import { insideExecutor } from '../../exec/inside.js';
import { loadImages } from './load-images.js';
import type { Tools } from './tools.js';

/** The image with the tools that probes and breaks need. */
const toolImage = 'nicolaka/netshoot:latest';
const ephemeralName = 'svclab-probe';

/**
 * Where commands run: beside a node, in a container that shares its network namespace; in a pod, in an ephemeral container of it; for the client
 * outside, in a container of its own on the nodes' network. Nothing is installed into a node or into a workload's container.
 */
export class Sidecars implements AsyncDisposable {
  readonly #tools: Tools;
  readonly #cluster: string;
  readonly #started = new Map<Place, Promise<Executor>>();

  constructor(tools: Tools, cluster: string) {
    this.#tools = tools;
    this.#cluster = cluster;
  }

  /** Starts what the place needs when it is first used. */
  at(place: Place): Executor {
    const ready = (): Promise<Executor> => {
      const started = this.#started.get(place) ?? this.#start(place);
      this.#started.set(place, started);
      return started;
    };
    return {
      place,
      run: async (argv, options) => (await ready()).run(argv, options),
      start: async (argv, options) => (await ready()).start(argv, options),
    };
  }

  /** The pod may come back under the same name, without the ephemeral container. */
  forgetPods(): void {
    for (const place of this.#started.keys()) if (place.startsWith('pod/')) this.#started.delete(place);
  }

  async #start(place: Place): Promise<Executor> {
    const [kind = '', ...rest] = place.split('/');
    if (kind === 'pod') return this.#inPod(place, rest[0] ?? '', rest[1] ?? '');
    const name = rest[0] ?? '';
    const container = `${this.#cluster}-svclab-${kind}-${name}`;
    const network = kind === 'node' ? `container:${name}` : 'kind';
    const hostname = kind === 'node' ? [] : ['--hostname', name];
    const label = ['--label', `svclab.cluster=${this.#cluster}`];
    await this.#tools.docker(['rm', '--force', container]).catch(() => {});
    await this.#tools.docker([
      ...['run', '--detach', '--init', '--name', container, '--network', network, ...hostname, ...label],
      ...['--cap-add', 'NET_ADMIN', '--cap-add', 'NET_RAW', toolImage, 'sleep', 'infinity'],
    ]);
    return insideExecutor(this.#tools.local, place, ['docker', 'exec', '--interactive', container]);
  }

  async #inPod(place: Place, namespace: string, name: string): Promise<Executor> {
    const { kubectl } = this.#tools;
    const where = ['--namespace', namespace];
    const status = `{.status.ephemeralContainerStatuses[?(@.name=="${ephemeralName}")].state}`;
    const state = (): Promise<string> => kubectl(['get', 'pod', name, ...where, '--output', `jsonpath=${status}`]);
    if ((await state()) === '') {
      const node = await kubectl(['get', 'pod', name, ...where, '--output', 'jsonpath={.spec.nodeName}']);
      await loadImages(this.#tools, this.#cluster, new Map([[node, [toolImage]]]));
      await kubectl([
        ...['debug', name, ...where, '--container', ephemeralName, '--image', toolImage, '--image-pull-policy', 'IfNotPresent'],
        ...['--profile', 'netadmin', '--quiet', '--', 'sleep', 'infinity'],
      ]);
    }
    const running = async (): Promise<true | undefined> => ((await state()).includes('running') ? true : undefined);
    await waitFor(`the probe's container in pod ${namespace}/${name}`, running, { intervalMs: 200, timeoutMs: 30_000 });
    return insideExecutor(this.#tools.local, place, [
      ...this.#tools.kubectlPrefix,
      'exec',
      '--stdin',
      ...where,
      name,
      '--container',
      ephemeralName,
      '--',
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#started.clear();
    const filter = `label=svclab.cluster=${this.#cluster}`;
    const ids = (await this.#tools.docker(['ps', '--all', '--quiet', '--filter', filter])).split('\n').filter((id) => id !== '');
    if (ids.length > 0) await this.#tools.docker(['rm', '--force', ...ids]);
  }
}
