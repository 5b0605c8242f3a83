import type { KubeObject } from '../../core/cluster.js';
import { endpointsByPort } from '../endpoints.js';
import { pickRulesObjects } from '../rules-input.js';
import { servicePortId, servicePorts } from '../service-ports.js';

/** What a proxy must know of a Service port. */
export interface ProxiedPort {
  /** `servicePortId`. */
  readonly id: string;
  /** `address:port` of the ready endpoints, wherever they run. */
  readonly endpoints: readonly string[];
  /** Session affinity; undefined without. */
  readonly stickySeconds?: number;
}

/** The ports that a proxy of the userspace mode serves. Ours speaks TCP alone. */
export function proxiedPorts(objects: readonly KubeObject[]): readonly ProxiedPort[] {
  const { services, endpointSlices } = pickRulesObjects(objects);
  const endpoints = endpointsByPort(endpointSlices, '');
  return servicePorts(services)
    .filter(({ protocol }) => protocol === 'TCP')
    .map((port) => {
      const ready = (endpoints.get(servicePortId(port)) ?? []).filter((endpoint) => endpoint.ready);
      return {
        id: servicePortId(port),
        endpoints: ready.map(({ address }) => address),
        ...(port.stickySeconds === undefined ? {} : { stickySeconds: port.stickySeconds }),
      };
    });
}

/**
 * Chooses an endpoint for each connection as kube-proxy v1.25 did in userspace mode (pkg/proxy/userspace/roundrobin.go): one after the other,
 * but a client that came back in time to the one it had. kube-proxy shuffles the list first; here it is taken as given.
 */
export class RoundRobin {
  readonly #now: () => number;
  #port: ProxiedPort;
  #next = 0;
  /** By the client's address. */
  readonly #clients = new Map<string, { endpoint: string; usedAt: number }>();

  /** @param now milliseconds of a clock that never goes back. */
  constructor(port: ProxiedPort, now: () => number) {
    this.#port = port;
    this.#now = now;
  }

  /** With other endpoints it begins from the first again, and clients of those that are gone are forgotten. */
  update(port: ProxiedPort): void {
    if (port.endpoints.join() !== this.#port.endpoints.join()) this.#next = 0;
    this.#port = port;
    for (const [client, { endpoint }] of this.#clients) if (!port.endpoints.includes(endpoint)) this.#clients.delete(client);
  }

  /** @param anew leaves the client's own endpoint, as after one that could not be reached. @returns undefined when there is no endpoint. */
  choose(client: string, anew: boolean): string | undefined {
    const { endpoints, stickySeconds } = this.#port;
    const known = this.#clients.get(client);
    const now = this.#now();
    if (stickySeconds !== undefined && !anew && known !== undefined && now - known.usedAt < stickySeconds * 1000) {
      known.usedAt = now;
      return known.endpoint;
    }
    const endpoint = endpoints[this.#next];
    if (endpoint === undefined) return undefined;
    this.#next = (this.#next + 1) % endpoints.length;
    if (stickySeconds !== undefined) this.#clients.set(client, { endpoint, usedAt: now });
    return endpoint;
  }
}
