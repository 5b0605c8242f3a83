import { createHash } from 'node:crypto';
import { EnvironmentError, UsageError } from '../core/errors.js';
import { type Cidr, ipToNumber, numberToIp, parseCidr } from './cidr.js';

/** kube-apiserver's default `--service-node-port-range`. */
const nodePortRange = { first: 30_000, last: 32_767 } as const;

/**
 * ClusterIPs of a service range. The API server picks at random from the upper band first and keeps the lower band for addresses
 * asked for by number (`pkg/registry/core/service/ipallocator/cidrallocator.go`, KEP-3070: the band's offset is
 * min(max(16, size/16), 256)). Here the pick is derived from the Service's name, so that a lab shows the same address each time.
 */
export class ClusterIPs {
  readonly #range: Cidr;
  readonly #text: string;
  readonly #taken = new Map<number, string>();

  constructor(range: string) {
    this.#text = range;
    this.#range = parseCidr(range);
    // The first address is the API server's own Service, the tenth is kubeadm's choice for the cluster's DNS.
    this.#taken.set(this.#range.base + 1, 'default/kubernetes');
    if (this.#range.size > 10) this.#taken.set(this.#range.base + 10, 'kube-system/kube-dns');
  }

  /** @throws UsageError when the address is outside the range (its first and last are not given either) or taken. */
  claim(address: string, owner: string): void {
    const offset = ipToNumber(address) - this.#range.base;
    if (offset <= 0 || offset >= this.#range.size - 1) {
      throw new UsageError(`Service ${owner}: clusterIP ${address} is not in the service range ${this.#text}`, {
        hint: 'leave clusterIP out, or choose one inside',
      });
    }
    const value = ipToNumber(address);
    const holder = this.#taken.get(value);
    if (holder !== undefined && holder !== owner) {
      throw new UsageError(`Service ${owner}: clusterIP ${address} belongs to Service ${holder} already`, {
        hint: 'leave clusterIP out, or choose another',
      });
    }
    this.#taken.set(value, owner);
  }

  /** @throws UsageError when every address of the range is taken. */
  allocate(owner: string): string {
    const usable = this.#range.size - 2;
    const offset = Math.min(Math.max(16, Math.floor(this.#range.size / 16)), 256);
    const start = offset < usable ? offset : 0;
    const span = usable - start;
    const seed = hash(owner) % span;
    for (let i = 0; i < usable; i++) {
      // The upper band from the seed on, around once, then the lower band.
      const index = i < span ? start + ((seed + i) % span) : i - span;
      const value = this.#range.base + 1 + index;
      if (this.#taken.has(value)) continue;
      this.#taken.set(value, owner);
      return numberToIp(value);
    }
    throw new UsageError(`Service ${owner}: no address is left in the service range ${this.#text} (${usable} addresses)`, {
      hint: 'widen networking.serviceSubnet in the cluster file, or apply fewer Services',
    });
  }

  release(address: string): void {
    this.#taken.delete(ipToNumber(address));
  }

  /** Remembers what is taken now; the function that is returned goes back to it. */
  snapshot(): () => void {
    return snapshotOf(this.#taken);
  }
}

/** Node ports and health-check node ports, which the API server takes from one range. */
export class NodePorts {
  readonly #taken = new Map<number, string>();

  /** One Service may use a number for TCP and for UDP. @throws UsageError when another Service has it. */
  claim(port: number, owner: string): void {
    const holder = this.#taken.get(port);
    if (holder !== undefined && holder !== owner) {
      throw new UsageError(`node port ${port} of ${owner} is in use by ${holder}`, {
        hint: 'leave nodePort out, or choose another between 30000 and 32767',
      });
    }
    this.#taken.set(port, owner);
  }

  allocate(owner: string): number {
    const span = nodePortRange.last - nodePortRange.first + 1;
    const seed = hash(owner) % span;
    for (let i = 0; i < span; i++) {
      const port = nodePortRange.first + ((seed + i) % span);
      if (this.#taken.has(port)) continue;
      this.#taken.set(port, owner);
      return port;
    }
    throw new UsageError(`no node port is left for ${owner}`);
  }

  release(port: number): void {
    this.#taken.delete(port);
  }

  snapshot(): () => void {
    return snapshotOf(this.#taken);
  }
}

/** Pod addresses of one node, as the CNI plugin host-local hands them out: upwards from .2, .1 being the gateway. */
export class PodIPs {
  readonly #range: Cidr;
  readonly #node: string;
  readonly #taken = new Set<number>();
  #last: number;

  constructor(range: string, node: string) {
    this.#range = parseCidr(range);
    this.#node = node;
    this.#last = this.#range.base + 1;
  }

  /** The address that every veth of the node carries. */
  get gateway(): string {
    return numberToIp(this.#range.base + 1);
  }

  /** host-local goes on from the last address it gave, so that one that was just freed is not given at once. */
  allocate(pod: string): string {
    const usable = this.#range.size - 3;
    const first = this.#range.base + 2;
    for (let i = 1; i <= usable; i++) {
      const value = first + ((this.#last - first + i) % usable);
      if (this.#taken.has(value)) continue;
      this.#taken.add(value);
      this.#last = value;
      return numberToIp(value);
    }
    throw new EnvironmentError(`pod ${pod}: node ${this.#node} has no pod address left`);
  }

  release(address: string): void {
    this.#taken.delete(ipToNumber(address));
  }
}

function snapshotOf(taken: Map<number, string>): () => void {
  const before = [...taken];
  return () => {
    taken.clear();
    for (const [key, owner] of before) taken.set(key, owner);
  };
}

function hash(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}
