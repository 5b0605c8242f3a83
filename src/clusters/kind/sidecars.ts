import type Docker from 'dockerode';
import type { ClusterRequest } from '../../core/cluster.js';
import { EnvironmentError } from '../../core/errors.js';
import { type Executor, type Place, succeeded } from '../../core/executor.js';
import { waitFor } from '../../core/wait.js';
import { containerStreams, mainStreams } from '../../exec/docker/container-streams.js';
import { said } from '../../exec/docker/engine-error.js';
import { localStreams } from '../../exec/remote/local-streams.js';
import { RemoteExecutor } from '../../exec/remote/remote-executor.js';
import { agentCommand } from '../../exec/remote/shell-agent.js';
import type { OpenStreams, Streams } from '../../exec/remote/streams.js';
import { imageIds, loadImages } from './load-images.js';
import { ensureImage } from './local-images.js';
import { networkName } from './network.js';
import { removeContainer } from './nodes.js';
import { podProbe } from './pod-probe.js';
import type { Tools } from './tools.js';

/** The image with the tools that probes and breaks need. */
const toolImage = 'nicolaka/netshoot:v0.13';
const label = 'svclab.sidecar';
const makerLabel = 'svclab.maker';
/** What probes and breaks need: packet sockets, and tables of the kernel's. */
const capabilities = ['NET_ADMIN', 'NET_RAW'];

/** To start a second process in a container takes a tenth of a second: the first is the agent already. The container stays when it ends. */
const mainProcess = ['sh', '-c', '"$@"; exec sleep infinity', 'sidecar', ...agentCommand];

/**
 * Where commands run: beside a node, in a container that shares its network namespace; in a pod, in an ephemeral container of it; for the client
 * outside, in a container of its own on the nodes' network. Nothing is installed into a node or into a workload's container.
 */
export class Sidecars implements AsyncDisposable {
  readonly #tools: Tools;
  readonly #cluster: string;
  readonly #serviceSubnet: string;
  readonly #request: Pick<ClusterRequest, 'progress' | 'signal'>;
  readonly #started = new Map<string, Promise<RemoteExecutor>>();
  #image: Promise<string> | undefined;
  readonly #inside = new Map<string, RemoteExecutor>();

  /** @param request its signal ends what takes long before a place is ready. */
  constructor(
    tools: Tools,
    { name, serviceSubnet }: { readonly name: string; readonly serviceSubnet: string },
    request: Pick<ClusterRequest, 'progress' | 'signal'>,
  ) {
    this.#tools = tools;
    this.#cluster = name;
    this.#serviceSubnet = serviceSubnet;
    this.#request = request;
  }

  /** Starts what the place needs when it is first used. */
  at(place: Place): Executor {
    return {
      place,
      run: async (argv, options) => (await this.#ready(place)).run(argv, options),
      start: async (argv, options) => (await this.#ready(place)).start(argv, options),
    };
  }

  /** Inside a node's own container: to look at what the node holds, and to give it images. */
  insideNode(name: string): Executor {
    const executor = this.#inside.get(name) ?? new RemoteExecutor(`machine/${name}`, containerStreams(this.#tools.docker, name));
    this.#inside.set(name, executor);
    return executor;
  }

  /** The address of a container on the nodes' network, which is started where it is not there yet. */
  async addressOf(place: `client/${string}`, signal: AbortSignal): Promise<string> {
    await this.#ready(place);
    signal.throwIfAborted();
    const { NetworkSettings } = await this.#tools.docker.getContainer(this.#containerOf(place)).inspect();
    const address = NetworkSettings.Networks[networkName]?.IPAddress;
    if (address === undefined || address === '') throw new EnvironmentError(`${place} has no address on the network ${networkName}`);
    return address;
  }

  /** Begins to start the nodes' sidecars, so that they are there when the first probe wants them. */
  async prepare(nodes: readonly string[]): Promise<void> {
    await this.#toolImage();
    // Whoever needs the place is told what is wrong with it.
    for (const node of nodes) this.#ready(`node/${node}`).catch(() => {});
  }

  /** The pod may come back under the same name, without the ephemeral container. What runs in other pods goes on. */
  async forgetPod(namespace: string, name: string): Promise<void> {
    const place: Place = `pod/${namespace}/${name}`;
    const started = this.#started.get(place);
    this.#started.delete(place);
    (await started?.catch(() => undefined))?.abandon();
  }

  #ready(place: Place): Promise<RemoteExecutor> {
    const started = this.#started.get(place) ?? this.#start(place);
    this.#started.set(place, started);
    // A place that could not be made ready is tried anew by the next command.
    started.catch(() => this.#started.delete(place));
    return started;
  }

  async #start(place: Place): Promise<RemoteExecutor> {
    const [kind = '', ...rest] = place.split('/');
    return kind === 'pod' ? this.#inPod(place, rest[0] ?? '', rest[1] ?? '') : this.#inContainer(place, kind, rest[0] ?? '');
  }

  #containerOf(place: Place): string {
    return `${this.#cluster}-svclab-${place.replace('/', '-')}`;
  }

  async #inContainer(place: Place, kind: string, name: string): Promise<RemoteExecutor> {
    const { docker, maker } = this.#tools;
    await this.#toolImage();
    const container = this.#containerOf(place);
    try {
      await removeContainer(docker, container);
      const created = await docker.createContainer({
        name: container,
        Image: toolImage,
        Cmd: [...mainProcess],
        OpenStdin: true,
        StdinOnce: true,
        Labels: { [label]: this.#cluster, [makerLabel]: maker },
        // A container in another's network namespace has that one's host name.
        ...(kind === 'node' ? {} : { Hostname: name }),
        HostConfig: {
          NetworkMode: kind === 'node' ? `container:${name}` : networkName,
          Init: true,
          CapDrop: ['ALL'],
          CapAdd: capabilities,
          // What its main process prints is answers.
          LogConfig: { Type: 'none', Config: {} },
        },
      });
      const agent = await mainStreams(created);
      await created.start();
      const executor = new RemoteExecutor(place, agentFirst(agent, containerStreams(docker, created.id)));
      if (kind === 'client') await keepServicesIn(executor, this.#serviceSubnet);
      return executor;
    } catch (cause) {
      throw new EnvironmentError(`the sidecar of ${place} cannot be started: ${said(cause)}`, { cause });
    }
  }

  /** Looked for, and pulled, once for all. */
  #toolImage(): Promise<string> {
    this.#image ??= ensureImage(this.#tools.docker, toolImage, this.#request.progress, this.#request.signal);
    this.#image.catch(() => {
      this.#image = undefined;
    });
    return this.#image;
  }

  async #inPod(place: Place, namespace: string, name: string): Promise<RemoteExecutor> {
    const { api, kubectlPrefix } = this.#tools;
    const where = ['--namespace', namespace];
    const look = async () => podProbe(await api.get(`/api/v1/namespaces/${namespace}/pods/${name}`, this.#request.signal));
    const { node, container, state } = await look();
    if (state === 'none') {
      const inside = (at: string): Executor => this.insideNode(at);
      const ids = await imageIds(this.#tools.docker, [toolImage], this.#request);
      await loadImages(this.#tools, ids, { cluster: this.#cluster, wanted: new Map([[node, [toolImage]]]), inside, ...this.#request });
      await api.addEphemeralContainer(
        { namespace, name },
        {
          ...{ name: container, image: toolImage, imagePullPolicy: 'Never' },
          ...{ command: ['sleep', 'infinity'], securityContext: { capabilities: { add: capabilities } } },
        },
        this.#request.signal,
      );
    }
    const running = async (): Promise<true | undefined> => ((await look()).state === 'running' ? true : undefined);
    const patience = { intervalMs: 100, timeoutMs: 30_000, signal: this.#request.signal };
    if (state !== 'running') await waitFor(`the probe's container in pod ${namespace}/${name}`, running, patience);
    return new RemoteExecutor(place, localStreams([...kubectlPrefix, 'exec', '--stdin', ...where, name, '--container', container, '--']));
  }

  /** Nothing more is asked of them; they end with the cluster. */
  async letGo(): Promise<void> {
    // Those that are still being started, too: a container that comes to be afterwards would stay.
    const started = await Promise.allSettled(this.#started.values());
    this.#started.clear();
    for (const one of started) if (one.status === 'fulfilled') one.value.abandon();
    for (const executor of this.#inside.values()) executor.abandon();
    this.#inside.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.letGo();
    await removeSidecars(this.#tools.docker, this.#cluster);
  }
}

/**
 * Outside of the cluster a ClusterIP means nothing, and the default route would take a packet for it into the world. With a hop limit of one it gets
 * as far as the network's gateway, as any such packet would, and no router passes it on (RFC 1812, 5.3.1). Any other route there goes before this one, by its metric.
 */
async function keepServicesIn(client: Executor, serviceSubnet: string): Promise<void> {
  const must = async (argv: readonly string[]): Promise<string> => {
    const result = await client.run(argv);
    if (!succeeded(result)) throw new EnvironmentError(`'${argv.join(' ')}' failed: ${result.stderr.trim() || result.ended}`);
    return result.stdout;
  };
  const [, gateway] = /^default via (\S+) /m.exec(await must(['ip', '-4', 'route', 'show', 'default'])) ?? [];
  if (gateway === undefined) return;
  await must(['ip', 'route', 'replace', serviceSubnet, 'via', gateway, 'hoplimit', '1', 'metric', '4096']);
}

/** An agent that is there serves the first who asks for one. */
function agentFirst(agent: Streams, others: OpenStreams): OpenStreams {
  let free: Streams | undefined = agent;
  return async (argv) => {
    if (argv !== agentCommand || free === undefined) return others(argv);
    const given = free;
    free = undefined;
    return given;
  };
}

/** Those of earlier runs too. */
export async function removeSidecars(docker: Docker, cluster: string): Promise<void> {
  await Promise.all((await sidecars(docker, cluster)).map(({ Id }) => removeContainer(docker, Id)));
}

/** The svclab processes (`thisProcess`) whose sidecars are there. */
export async function sidecarMakers(docker: Docker, cluster: string): Promise<readonly string[]> {
  return [...new Set((await sidecars(docker, cluster)).map(({ Labels }) => Labels[makerLabel] ?? ''))];
}

async function sidecars(docker: Docker, cluster: string): Promise<readonly Docker.ContainerInfo[]> {
  return docker.listContainers({ all: true, filters: { label: [`${label}=${cluster}`] } });
}
