import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface FakeContainer {
  readonly Id: string;
  readonly Names: readonly string[];
  State: string;
  readonly Labels: Readonly<Record<string, string>>;
  /** Seconds since the epoch. */
  Created: number;
  readonly NetworkSettings: { readonly Networks: Record<string, { NetworkID: string; IPAddress: string }> };
}

interface FakeVolume {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
  CreatedAt: string;
}

interface FakeNetwork {
  readonly Id: string;
  readonly Name: string;
}

/** The answer of the fake engine to a call that it does not obey. */
interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** A stand-in for a Docker engine: the few calls that the provider makes, on a unix socket, with what it holds in plain sight. Nothing runs in it. */
export class FakeEngine implements AsyncDisposable {
  readonly containers: FakeContainer[] = [];
  readonly volumes: FakeVolume[] = [];
  readonly networks: FakeNetwork[] = [];
  /** Names of images, with their labels. */
  readonly images = new Map<string, Readonly<Record<string, string>>>();
  /** What a pull comes to: an answer at once, or lines of a stream as the engine writes them. */
  pull: Refusal | readonly object[] = {
    status: 500,
    message: 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
  };
  /** Calls, as `METHOD /path`, that are refused. */
  readonly refused = new Map<string, Refusal>();
  /** Every call that changes something, in order. */
  readonly changes: string[] = [];
  readonly socket: string;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => {
      send(response, 500, { message: String(error) });
    });
  });

  private constructor(socket: string) {
    this.socket = socket;
  }

  static async start(socket: string): Promise<FakeEngine> {
    const engine = new FakeEngine(socket);
    engine.#server.listen(socket);
    await once(engine.#server, 'listening');
    return engine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** A container, on the named network where there is one; one that does not run has no address, and one that never ran not even the network's id. */
  addContainer(
    name: string,
    options: { labels?: Record<string, string>; state?: string; network?: string; created?: number } = {},
  ): FakeContainer {
    const { labels = {}, state = 'running', network, created = now() } = options;
    const id = this.networks.find(({ Name }) => Name === network)?.Id ?? '';
    const address = state === 'running' ? `172.18.0.${this.containers.length + 2}` : '';
    const container: FakeContainer = {
      ...{ Id: randomBytes(32).toString('hex'), Names: [`/${name}`], State: state, Labels: labels, Created: created },
      NetworkSettings: {
        Networks: network === undefined ? {} : { [network]: { NetworkID: state === 'created' ? '' : id, IPAddress: address } },
      },
    };
    this.containers.push(container);
    return container;
  }

  addNetwork(name: string): FakeNetwork {
    const network = { Id: randomBytes(32).toString('hex'), Name: name };
    this.networks.push(network);
    return network;
  }

  addVolume(name: string, labels: Record<string, string>, createdAt: string = new Date().toISOString()): FakeVolume {
    const volume = { Name: name, Labels: labels, CreatedAt: createdAt };
    this.volumes.push(volume);
    return volume;
  }

  /** Whether nothing but images is there. */
  get isBare(): boolean {
    return this.containers.length + this.volumes.length + this.networks.length === 0;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<undefined> {
    const url = new URL(request.url ?? '/', 'http://engine');
    const path = decodeURIComponent(url.pathname).replace(/^\/v\d\.\d+/, '');
    const call = `${request.method} ${path}`;
    const body = await bodyOf(request);
    const refusal = this.refused.get(call);
    if (refusal !== undefined) return send(response, refusal.status, { message: refusal.message });
    if (request.method !== 'GET' && request.method !== 'HEAD') this.changes.push(call);
    const filters: Filters = JSON.parse(url.searchParams.get('filters') ?? '{}');
    const [, kind = '', id = ''] = path.split('/');
    if (kind === '_ping') return send(response, 200, 'OK');
    if (kind === 'version') return send(response, 200, { Version: '28.0.0', ApiVersion: '1.48' });
    if (kind === 'info')
      return send(response, 200, { ServerVersion: '28.0.0', CgroupVersion: '2', MemTotal: 2 ** 34, DockerRootDir: '/nowhere' });
    if (call === 'GET /containers/json')
      return send(
        response,
        200,
        this.containers.filter((one) => fits(one, filters)),
      );
    if (call === 'GET /networks')
      return send(
        response,
        200,
        this.networks.filter(({ Name }) => filters.name?.some((name) => Name.includes(name)) ?? true),
      );
    if (call === 'GET /volumes') return send(response, 200, { Volumes: this.volumes.filter((one) => labelled(one.Labels, filters)) });
    if (call === 'POST /images/create') return this.#pull(response);
    if (kind === 'images' && request.method === 'GET') return this.#image(response, path);
    if (kind === 'volumes') return this.#volume(request.method ?? '', response, id, body);
    if (kind === 'networks') return this.#network(request.method ?? '', response, id, body);
    if (kind === 'containers') return this.#container(request.method ?? '', response, id, url, body);
    return send(response, 404, { message: `the fake engine knows no ${call}` });
  }

  #pull(response: ServerResponse): undefined {
    if (!isRefusal(this.pull)) return send(response, 200, this.pull.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return send(response, this.pull.status, { message: this.pull.message });
  }

  #image(response: ServerResponse, path: string): undefined {
    if (path === '/images/json')
      return send(
        response,
        200,
        [...this.images.keys()].map((name) => ({ RepoTags: [name] })),
      );
    const name = path.replace(/^\/images\//, '').replace(/\/json$/, '');
    const labels = this.images.get(name);
    if (labels === undefined) return send(response, 404, { message: `No such image: ${name}` });
    return send(response, 200, {
      Id: `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)}`,
      Config: { Labels: labels },
    });
  }

  #volume(method: string, response: ServerResponse, id: string, body: Body): undefined {
    if (method === 'POST') {
      const name = String(body['Name']);
      const labels = (body['Labels'] ?? {}) as Record<string, string>;
      return send(response, 201, this.volumes.find((one) => one.Name === name) ?? this.addVolume(name, labels));
    }
    const volume = this.volumes.find((one) => one.Name === id);
    if (volume === undefined) return send(response, 404, { message: `get ${id}: no such volume` });
    if (method === 'GET') return send(response, 200, volume);
    remove(this.volumes, volume);
    return send(response, 204, '');
  }

  #network(method: string, response: ServerResponse, id: string, body: Body): undefined {
    if (method === 'POST') return send(response, 201, { Id: this.addNetwork(String(body['Name'])).Id });
    const network = this.networks.find((one) => one.Id === id || one.Name === id);
    if (network === undefined) return send(response, 404, { message: `network ${id} not found` });
    const busy = this.containers.some((one) => one.State === 'running' && one.NetworkSettings.Networks[network.Name] !== undefined);
    if (busy) return send(response, 403, { message: `network ${network.Name} has active endpoints` });
    remove(this.networks, network);
    return send(response, 204, '');
  }

  #container(method: string, response: ServerResponse, id: string, url: URL, body: Body): undefined {
    if (id === 'create') {
      const host = (body['HostConfig'] ?? {}) as { NetworkMode?: string };
      const made = this.addContainer(url.searchParams.get('name') ?? '', {
        ...{ labels: (body['Labels'] ?? {}) as Record<string, string>, state: 'created' },
        ...(host.NetworkMode === undefined ? {} : { network: host.NetworkMode }),
      });
      return send(response, 201, { Id: made.Id });
    }
    const container = this.containers.find((one) => one.Id === id || one.Names.includes(`/${id}`));
    if (container === undefined) return send(response, 404, { message: `No such container: ${id}` });
    if (method === 'DELETE') remove(this.containers, container);
    else {
      container.State = url.pathname.endsWith('/stop') ? 'exited' : 'running';
      const used = this.containers.filter((one) => one !== container).flatMap((one) => Object.values(one.NetworkSettings.Networks));
      const free = Array.from({ length: 250 }, (_, i) => `172.18.0.${i + 2}`).find((ip) => used.every(({ IPAddress }) => IPAddress !== ip));
      for (const at of Object.values(container.NetworkSettings.Networks)) at.IPAddress = container.State === 'running' ? (free ?? '') : '';
    }
    return send(response, 204, '');
  }
}

type Body = Readonly<Record<string, unknown>>;

interface Filters {
  readonly label?: readonly string[];
  readonly name?: readonly string[];
  readonly network?: readonly string[];
}

function fits(container: FakeContainer, filters: Filters): boolean {
  const on = Object.entries(container.NetworkSettings.Networks).flatMap(([name, { NetworkID }]) => [name, NetworkID]);
  return labelled(container.Labels, filters) && (filters.network?.some((one) => one !== '' && on.includes(one)) ?? true);
}

function labelled(labels: Readonly<Record<string, string>>, { label = [] }: Filters): boolean {
  return label.every((wanted) => {
    const [name = '', value] = wanted.split('=');
    return name in labels && (value === undefined || labels[name] === value);
  });
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : JSON.parse(text);
}

function send(response: ServerResponse, status: number, body: unknown): undefined {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Api-Version': '1.48' });
  response.end(status === 204 ? undefined : text);
}

function remove<T>(list: T[], item: T): void {
  list.splice(list.indexOf(item), 1);
}

function isRefusal(pull: Refusal | readonly object[]): pull is Refusal {
  return !Array.isArray(pull);
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
